import { bindPort, defineAdapter } from '@waybill/core';
import { inspectCluster } from '@waybill/kafka';
import { openKafkaBroker } from './kafka-broker.ts';
import { kafkaBrokerOptions } from './options.ts';
import { topicSpecs } from './topics.ts';

export { declaredCapabilities } from './declared-capabilities.ts';
export { KafkaBroker, openKafkaBroker } from './kafka-broker.ts';
export { type KafkaBrokerOptions, kafkaBrokerOptions } from './options.ts';

/** Wakes workers through topics in Kafka, one for each queue. */
export const kafkaBroker = defineAdapter({
  port: 'broker',
  name: 'kafka',
  options: kafkaBrokerOptions,
  module: (options) => bindPort('broker', () => openKafkaBroker(options)),
  inspect: (options) => inspectCluster(options, topicSpecs(options)),
});
export default kafkaBroker;
