import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortName, Ports } from '@waybill/core';
import { adapterHarness } from '../conformance/adapter-harness.ts';
import type { Harness } from '../conformance/harness.ts';
import type { Harnesses } from './harnesses.ts';
import { loadAdapter } from './load-adapter.ts';

/** A namespace is a new file in a folder that goes with the harness. */
const open = async <P extends PortName>(port: P): Promise<Harness<Ports[P]>> => {
  const adapter = await loadAdapter(port, 'sqlite');
  const folder = await mkdtemp(join(tmpdir(), 'waybill-conformance-'));
  let files = 0;
  return adapterHarness(adapter, {
    namespace: () => ({ file: join(folder, `${++files}.db`) }),
    dispose: () => rm(folder, { recursive: true }),
  });
};

export const harnesses: Harnesses = {
  technology: 'sqlite',
  store: () => open('store'),
  broker: () => open('broker'),
  channel: () => open('channel'),
};
