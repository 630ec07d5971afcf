import type { StoreCapabilities } from '@waybill/core';

/** Of a replica set. Without transactions of the server it is `journaled`, and keeps the same. */
export const declaredCapabilities: StoreCapabilities = {
  atomicity: 'native',
  durability: 'disk',
  shared: true,
  rangeValidation: true,
};
