import { randomUUID } from 'node:crypto';
import { adapterHarness, storeCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/mongodb';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { mongodbStore } from './index.ts';

await describeService('MongoDB', startService, ({ url }) =>
  describeConformance(storeCases, () =>
    adapterHarness(mongodbStore, { namespace: () => ({ url, database: randomUUID(), requestMs: 20_000 }) }),
  ),
);
