/** What the Kafka adapters share: a client, partitions shared out among processes, and a look at the cluster. */
export { Bell } from './bell.ts';
export { declareTopics } from './declare-topics.ts';
export { inspectCluster } from './inspect-cluster.ts';
export type {
  Fetched,
  FetchLane,
  KafkaClient,
  KafkaRecord,
  NewRecord,
  Place,
  TopicSpec,
} from './kafka-client.ts';
export { openKafka } from './open-kafka.ts';
export { type ConnectionOptions, connectionOptions, keepMsOption, partitionsOption } from './options.ts';
export { partitionOf } from './partition-of.ts';
export { nameOf, placeOf } from './place-name.ts';
export { Reader } from './reader.ts';
export { SharedPartitions } from './shared-partitions.ts';
export { isUnknownTopic } from './translate-error.ts';
