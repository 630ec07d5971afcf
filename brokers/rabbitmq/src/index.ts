import { bindPort, defineAdapter } from '@waybill/core';
import { inspectOptions } from '@waybill/rabbitmq';
import { rabbitmqBrokerOptions } from './options.ts';
import { openRabbitmqBroker } from './rabbitmq-broker.ts';

export { type RabbitmqBrokerOptions, rabbitmqBrokerOptions } from './options.ts';
export { declaredCapabilities, openRabbitmqBroker, RabbitmqBroker } from './rabbitmq-broker.ts';

/** Wakes workers through quorum queues of RabbitMQ. */
export const rabbitmqBroker = defineAdapter({
  port: 'broker',
  name: 'rabbitmq',
  options: rabbitmqBrokerOptions,
  module: (options) => bindPort('broker', () => openRabbitmqBroker(options)),
  inspect: (options) => inspectOptions(options),
});
export default rabbitmqBroker;
