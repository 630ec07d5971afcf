import type { BrokerCapabilities, TaskBroker } from '@waybill/core';
import type { Case, Need } from '../case.ts';

export type BrokerCase = Case<TaskBroker, BrokerCapabilities>;

export const ordered: Need<BrokerCapabilities> = {
  met: (capabilities) => capabilities.ordered,
  otherwise: 'declares no order',
};

export const ranked: Need<BrokerCapabilities> = {
  met: (capabilities) => capabilities.rank,
  otherwise: 'declares no rank',
};

export const redelivers: Need<BrokerCapabilities> = {
  met: (capabilities) => capabilities.redelivery,
  otherwise: 'declares no redelivery',
};

export const durable: Need<BrokerCapabilities> = {
  met: (capabilities) => capabilities.durability !== 'none' && capabilities.shared,
  otherwise: 'declares nothing that outlives its client',
};
