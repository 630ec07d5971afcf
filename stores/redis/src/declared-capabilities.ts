import type { StoreCapabilities } from '@waybill/core';

/** On a server that writes each command to its disk before it answers; with any other, `durability` is `process`. */
export const declaredCapabilities: StoreCapabilities = {
  atomicity: 'native',
  durability: 'disk',
  shared: true,
  rangeValidation: true,
};
