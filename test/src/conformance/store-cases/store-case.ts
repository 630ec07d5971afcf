import type { DocumentStore, StoreCapabilities } from '@waybill/core';
import type { Case, Need } from '../case.ts';

export type StoreCase = Case<DocumentStore, StoreCapabilities>;

export const rangeValidation: Need<StoreCapabilities> = {
  met: (capabilities) => capabilities.rangeValidation,
  otherwise: 'declares no rangeValidation',
};

export const durable: Need<StoreCapabilities> = {
  met: (capabilities) => capabilities.durability !== 'none' && capabilities.shared,
  otherwise: 'declares nothing that outlives its client',
};
