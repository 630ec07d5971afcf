import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapterHarness, brokerCases } from '@waybill/testing';
import { describeConformance } from '@waybill/testing/vitest';
import adapter from './index.ts';

const root = await mkdtemp(join(tmpdir(), 'folder-broker-'));

describeConformance(brokerCases, () =>
  adapterHarness(adapter, {
    namespace: async () => ({ folder: await mkdtemp(join(root, 'tickets-')), pollMs: 5 }),
    dispose: () => rm(root, { recursive: true }),
  }),
);
