import { randomUUID } from 'node:crypto';
import type { SingleDocuments } from '@waybill/journaled';
import { documentsCases } from '@waybill/journaled/cases';
import { startService } from '@waybill/testing/services/mongodb';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { MongoConnection } from '../mongo-connection.ts';
import { mongodbStoreOptions } from '../options.ts';
import { MongoDocuments } from './mongo-documents.ts';

await describeService('MongoDB', startService, ({ url, server }) => {
  let database = randomUUID();
  const open = async (): Promise<SingleDocuments> =>
    new MongoDocuments(
      await MongoConnection.open(mongodbStoreOptions.parse({ url, database, requestMs: 20_000 })),
      'process',
    );
  describeConformance<SingleDocuments>(documentsCases, () => ({
    technology: 'single documents in MongoDB',
    capabilities: { durability: 'process', shared: true },
    server: () => server,
    fresh: () => {
      database = randomUUID();
      return open();
    },
    another: open,
    dispose: async () => undefined,
  }));
});
