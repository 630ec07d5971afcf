import { bindPort, defineAdapter } from '@waybill/core';
import { inspectCluster } from '@waybill/kafka';
import { openKafkaChannel } from './kafka-channel.ts';
import { kafkaChannelOptions } from './options.ts';
import { topicSpecs } from './routes.ts';

export { cursorAt } from './cursor.ts';
export { declaredCapabilities } from './declared-capabilities.ts';
export { KafkaChannel, openKafkaChannel } from './kafka-channel.ts';
export { type KafkaChannelOptions, kafkaChannelOptions } from './options.ts';

/** Carries messages through topics in Kafka, in order for each subject and key. */
export const kafkaChannel = defineAdapter({
  port: 'channel',
  name: 'kafka',
  options: kafkaChannelOptions,
  module: (options) => bindPort('channel', () => openKafkaChannel(options)),
  inspect: (options) => inspectCluster(options, topicSpecs(options)),
});
export default kafkaChannel;
