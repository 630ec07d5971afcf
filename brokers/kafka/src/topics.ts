import { type QueueName, queueNames } from '@waybill/core';
import type { TopicSpec } from '@waybill/kafka';
import type { KafkaBrokerOptions } from './options.ts';

type Names = Pick<KafkaBrokerOptions, 'namespace'>;

export const topicOf = ({ namespace }: Names, queue: QueueName): string => `${namespace}.tickets.${queue}`;
export const bellOf = ({ namespace }: Names): string => `${namespace}.tickets.bell`;
export const groupOf = ({ namespace }: Names): string => `${namespace}.workers`;

const minuteMs = 60_000;

/** A topic for each queue, and one for the notes by which workers wake each other. */
export const topicSpecs = (options: KafkaBrokerOptions): readonly TopicSpec[] => {
  const { partitions, replication, keepMs } = options;
  const queues = queueNames.map((queue) => ({
    name: topicOf(options, queue),
    partitions,
    replication,
    settings: { 'cleanup.policy': 'delete', 'retention.ms': String(keepMs) },
  }));
  const settings = { 'cleanup.policy': 'delete', 'retention.ms': String(10 * minuteMs) };
  return [...queues, { name: bellOf(options), partitions: 1, replication, settings }];
};
