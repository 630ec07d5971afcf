import { bindPort, defineAdapter } from '@waybill/core';
import { MemoryStore } from './memory-store.ts';
import { memoryStoreOptions } from './options.ts';

export { MemoryStore } from './memory-store.ts';
export { MemoryStoreBackend } from './memory-store-backend.ts';

/** Keeps documents in this process: for tests, trials and work that may be forgotten. */
export const memoryStore = defineAdapter({
  port: 'store',
  name: 'memory',
  options: memoryStoreOptions,
  module: () => bindPort('store', async () => new MemoryStore()),
  inspect: async () => ({ server: `memory of Node.js ${process.version}`, findings: [] }),
});
export default memoryStore;
