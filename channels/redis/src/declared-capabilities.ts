import type { ChannelCapabilities } from '@waybill/core';

/** On a server that writes each command to its disk before it answers; with any other, `durability` is `process`. */
export const declaredCapabilities: ChannelCapabilities = {
  durability: 'disk',
  shared: true,
  replay: true,
  redelivery: true,
};
