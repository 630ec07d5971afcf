import { type Composition, createContainer, type LoadedConfig } from '@waybill/core';

/** Opens the adapters of a config whatever they keep: to look at them, not to work with them. */
export const openPorts = ({
  config,
  adapters,
}: Pick<LoadedConfig, 'config' | 'adapters'>): Promise<Composition> =>
  createContainer({
    config: { ...config, processes: 'one', guarantee: 'ephemeral', isolation: 'snapshot' },
    adapters,
  });
