import { bindPort, defineAdapter } from '@waybill/core';
import { inspectOptions } from '@waybill/redis';
import { redisStoreOptions } from './options.ts';
import { openRedisStore } from './redis-store.ts';

export { declaredCapabilities } from './declared-capabilities.ts';
export { type RedisStoreOptions, redisStoreOptions } from './options.ts';
export { openRedisStore, RedisStore } from './redis-store.ts';

/** Keeps documents in Redis, Valkey or a Redis Cluster, every namespace in one slot. */
export const redisStore = defineAdapter({
  port: 'store',
  name: 'redis',
  options: redisStoreOptions,
  module: (options) => bindPort('store', () => openRedisStore(options)),
  inspect: (options) => inspectOptions(options, 'documents'),
});
export default redisStore;
