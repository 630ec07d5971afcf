import type { BrokerCapabilities } from '@waybill/core';

/** On a server that writes each command to its disk before it answers; with any other, `durability` is `process`. */
export const declaredCapabilities: BrokerCapabilities = {
  durability: 'disk',
  shared: true,
  ordered: true,
  rank: true,
  redelivery: true,
};
