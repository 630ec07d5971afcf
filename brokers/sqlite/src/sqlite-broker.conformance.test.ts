import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapterHarness, brokerCases } from '@waybill/testing';
import { describeConformance } from '@waybill/testing/vitest';
import { sqliteBroker } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'waybill-broker-'));
let files = 0;

describeConformance(brokerCases, () =>
  adapterHarness(sqliteBroker, {
    namespace: () => ({ file: join(directory, `${files++}.db`) }),
    dispose: async () => rmSync(directory, { recursive: true }),
  }),
);
