import { bindPort, defineAdapter } from '@waybill/core';
import { MemoryBroker } from './memory-broker.ts';
import { memoryBrokerOptions } from './options.ts';

export { MemoryBroker } from './memory-broker.ts';
export { MemoryBrokerBackend } from './memory-broker-backend.ts';

/** Wakes the workers of this process. */
export const memoryBroker = defineAdapter({
  port: 'broker',
  name: 'memory',
  options: memoryBrokerOptions,
  module: () => bindPort('broker', async () => new MemoryBroker()),
  inspect: async () => ({ server: `memory of Node.js ${process.version}`, findings: [] }),
});
export default memoryBroker;
