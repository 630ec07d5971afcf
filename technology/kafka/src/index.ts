/** What the Kafka adapters share: a client, partitions shared out among processes, and a look at the cluster. */
export { Bell } from './bell.ts';
export { declareTopics } from './declare-topics.ts';
export { inspectCluster } from './inspect-cluster.ts';
export type { KafkaClient, KafkaRecord, NewRecord, Place, Position, TopicSpec } from './kafka-client.ts';
export { openKafka } from './open-kafka.ts';
export { type ConnectionOptions, connectionOptions } from './options.ts';
export { partitionOf } from './partition-of.ts';
export { SharedPartitions } from './shared-partitions.ts';
