import type { ChannelCapabilities, MessageChannel } from '@waybill/core';
import type { Case, Need } from '../case.ts';

export type ChannelCase = Case<MessageChannel, ChannelCapabilities>;

export const replays: Need<ChannelCapabilities> = {
  met: (capabilities) => capabilities.replay,
  otherwise: 'declares no replay',
};

export const replaysNot: Need<ChannelCapabilities> = {
  met: (capabilities) => !capabilities.replay,
  otherwise: 'declares replay',
};

export const redelivers: Need<ChannelCapabilities> = {
  met: (capabilities) => capabilities.redelivery,
  otherwise: 'declares no redelivery',
};

export const durable: Need<ChannelCapabilities> = {
  met: (capabilities) => capabilities.durability !== 'none' && capabilities.shared,
  otherwise: 'declares nothing that outlives its client',
};
