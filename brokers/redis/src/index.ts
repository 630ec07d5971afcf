import { bindPort, defineAdapter } from '@waybill/core';
import { inspectOptions } from '@waybill/redis';
import { redisBrokerOptions } from './options.ts';
import { openRedisBroker } from './redis-broker.ts';

export { declaredCapabilities } from './declared-capabilities.ts';
export { type RedisBrokerOptions, redisBrokerOptions } from './options.ts';
export { openRedisBroker, RedisBroker } from './redis-broker.ts';

/** Wakes workers through lists in Redis, Valkey or a Redis Cluster. */
export const redisBroker = defineAdapter({
  port: 'broker',
  name: 'redis',
  options: redisBrokerOptions,
  module: (options) => bindPort('broker', () => openRedisBroker(options)),
  inspect: (options) => inspectOptions(options, 'tickets'),
});
export default redisBroker;
