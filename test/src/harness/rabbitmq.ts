import { randomUUID } from 'node:crypto';
import type { PortName, Ports } from '@waybill/core';
import { adapterHarness } from '../conformance/adapter-harness.ts';
import type { Harness } from '../conformance/harness.ts';
import { startService } from '../services/rabbitmq.ts';
import type { Harnesses } from './harnesses.ts';
import { loadAdapter } from './load-adapter.ts';

/** A namespace is a new first part of the names of all queues and exchanges. */
const open = async <P extends PortName>(port: P): Promise<Harness<Ports[P]>> => {
  const adapter = await loadAdapter(port, 'rabbitmq');
  const { url, stop } = await startService();
  return adapterHarness(adapter, {
    namespace: () => ({ url, namespace: randomUUID() }),
    dispose: stop,
  });
};

export const harnesses: Harnesses = {
  technology: 'rabbitmq',
  broker: () => open('broker'),
  channel: () => open('channel'),
};
