import { bindPort, defineAdapter } from '@waybill/core';
import { MemoryChannel } from './memory-channel.ts';
import { MemoryChannelBackend } from './memory-channel-backend.ts';
import { memoryChannelOptions } from './options.ts';

export { MemoryChannel } from './memory-channel.ts';
export { MemoryChannelBackend } from './memory-channel-backend.ts';

/** Carries messages within this process. */
export const memoryChannel = defineAdapter({
  port: 'channel',
  name: 'memory',
  options: memoryChannelOptions,
  module: (options) => bindPort('channel', async () => new MemoryChannel(new MemoryChannelBackend(options))),
  inspect: async () => ({ server: `memory of Node.js ${process.version}`, findings: [] }),
});
export default memoryChannel;
