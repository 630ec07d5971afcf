import { bindPort, defineAdapter } from '@waybill/core';
import { inspectOptions } from '@waybill/rabbitmq';
import { rabbitmqChannelOptions } from './options.ts';
import { openRabbitmqChannel } from './rabbitmq-channel.ts';

export { type RabbitmqChannelOptions, rabbitmqChannelOptions } from './options.ts';
export { declaredCapabilities, openRabbitmqChannel, RabbitmqChannel } from './rabbitmq-channel.ts';

/** Carries messages through a stream and queues of RabbitMQ. */
export const rabbitmqChannel = defineAdapter({
  port: 'channel',
  name: 'rabbitmq',
  options: rabbitmqChannelOptions,
  module: (options) => bindPort('channel', () => openRabbitmqChannel(options)),
  inspect: (options) => inspectOptions(options),
});
export default rabbitmqChannel;
