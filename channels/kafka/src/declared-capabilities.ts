import type { ChannelCapabilities } from '@waybill/core';

/** Kafka leaves it to the operating system when to write to the disk. */
export const declaredCapabilities: ChannelCapabilities = {
  durability: 'process',
  shared: true,
  replay: true,
  redelivery: true,
};
