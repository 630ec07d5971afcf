import { randomUUID } from 'node:crypto';
import { adapterHarness, storeCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/mongodb';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { describe } from 'vitest';
import { mongodbStore } from './index.ts';

const atomicities = ['auto', 'journaled'] as const;

/** In both modes, where the server has both; without transactions they are the same. */
await describeService('MongoDB', startService, ({ url, server }) => {
  for (const atomicity of server.startsWith('FerretDB') ? (['auto'] as const) : atomicities)
    describe(`${atomicity}`, () => {
      describeConformance(storeCases, () =>
        adapterHarness(mongodbStore, {
          namespace: () => ({ url, database: randomUUID(), atomicity, requestMs: 20_000 }),
        }),
      );
    });
});
