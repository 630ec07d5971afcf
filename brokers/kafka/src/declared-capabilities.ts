import type { BrokerCapabilities } from '@waybill/core';

/** Queues of one partition are `ordered`, too. Kafka leaves it to the operating system when to write to the disk. */
export const declaredCapabilities: BrokerCapabilities = {
  durability: 'process',
  shared: true,
  ordered: false,
  rank: false,
  redelivery: true,
};
