import { bindPort, defineAdapter } from '@waybill/core';
import { inspectOptions } from '@waybill/redis';
import { redisChannelOptions } from './options.ts';
import { openRedisChannel } from './redis-channel.ts';

export { declaredCapabilities } from './declared-capabilities.ts';
export { type RedisChannelOptions, redisChannelOptions } from './options.ts';
export { openRedisChannel, RedisChannel } from './redis-channel.ts';

/** Carries messages through streams of Redis, Valkey or a Redis Cluster. */
export const redisChannel = defineAdapter({
  port: 'channel',
  name: 'redis',
  options: redisChannelOptions,
  module: (options) => bindPort('channel', () => openRedisChannel(options)),
  inspect: (options) => inspectOptions(options, 'messages'),
});
export default redisChannel;
