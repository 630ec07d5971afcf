import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapterHarness, channelCases } from '@waybill/testing';
import { describeConformance } from '@waybill/testing/vitest';
import { sqliteChannel } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'waybill-channel-'));
let files = 0;

describeConformance(channelCases, () =>
  adapterHarness(sqliteChannel, {
    namespace: () => ({ file: join(directory, `${files++}.db`) }),
    dispose: async () => rmSync(directory, { recursive: true }),
  }),
);
