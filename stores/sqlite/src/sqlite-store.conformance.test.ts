import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapterHarness, storeCases } from '@waybill/testing';
import { describeConformance } from '@waybill/testing/vitest';
import { sqliteStore } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'waybill-store-'));
let files = 0;

describeConformance(storeCases, () =>
  adapterHarness(sqliteStore, {
    namespace: () => ({ file: join(directory, `${files++}.db`) }),
    dispose: async () => rmSync(directory, { recursive: true }),
  }),
);
