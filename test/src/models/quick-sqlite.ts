import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PortName, Ports } from '@waybill/core';
import { adapterHarness } from '../conformance/adapter-harness.ts';
import type { Harness } from '../conformance/harness.ts';
import { loadAdapter } from '../harness/load-adapter.ts';
import { makeQuickFolder } from './quick-folder.ts';

/** SQLite without the disk, where the machine can keep files in memory: models try the code, and thousands of times. */
export const quickSqlite = async <P extends PortName>(port: P): Promise<Harness<Ports[P]>> => {
  const adapter = await loadAdapter(port, 'sqlite');
  const folder = await makeQuickFolder();
  let place = folder;
  return adapterHarness(adapter, {
    namespace: async () => {
      if (place !== folder) await rm(place, { recursive: true });
      place = await mkdtemp(join(folder, 'run-'));
      return { file: join(place, 'waybill.db'), synchronous: 'normal' };
    },
    dispose: () => rm(folder, { recursive: true }),
  });
};
