import { bindPort, defineAdapter } from '@waybill/core';
import { inspectOptions } from '@waybill/redis';
import { redisStoreOptions } from './options.ts';
import { RedisStore } from './redis-store.ts';

export { RedisStore } from './redis-store.ts';

/** Keeps documents in Redis, Valkey or a Redis Cluster, every namespace in one slot. */
export const redisStore = defineAdapter({
  port: 'store',
  name: 'redis',
  options: redisStoreOptions,
  module: (options) => bindPort('store', () => RedisStore.open(options)),
  inspect: (options) => inspectOptions(options, 'documents'),
});
export default redisStore;
