import { murmur2 } from '@platformatic/kafka';

/** Where records of a key go: as Kafka's own clients choose. */
export const partitionOf = (key: string, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions;
