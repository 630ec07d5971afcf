import type { LoadedConfig, PortName, Ports } from '@waybill/core';
import type { Harness, Harnesses } from '@waybill/testing';
import type { Choices } from './adapter-choices.ts';
import { openPorts } from './open-ports.ts';
import { ownPlace } from './scratch.ts';

type Kit = typeof import('@waybill/testing');

/** Harnesses of the adapters as the config has them; every namespace is a place of its own beside the config's. */
export const configuredHarnesses = (kit: Kit, { load }: Choices, folder: string): Harnesses => {
  const harness = <P extends PortName>(port: P): Promise<Harness<Ports[P]>> =>
    harnessOf(kit, port, { load, folder });
  return {
    technology: 'configured',
    store: () => harness('store'),
    broker: () => harness('broker'),
    channel: () => harness('channel'),
  };
};

const harnessOf = async <P extends PortName>(
  kit: Kit,
  port: P,
  { load, folder }: Pick<Choices, 'load'> & { readonly folder: string },
): Promise<Harness<Ports[P]>> => {
  const loaded = await load();
  const memory = await load({ 'store.use': 'memory', 'broker.use': 'memory', 'channel.use': 'memory' });
  const open = async ({ config, adapters }: LoadedConfig): Promise<Ports[P]> => {
    const composition = await openPorts({ config, adapters: { ...memory.adapters, [port]: adapters[port] } });
    return composition.ports[port]; // the two others are in memory, and hold nothing
  };
  const nextPlace = async (): Promise<LoadedConfig> => {
    const own = ownPlace(loaded, port, folder);
    return own === undefined ? loaded : load(own);
  };
  let place = await nextPlace();
  let latest = await open(place);
  const { capabilities } = latest;
  await latest.close();
  return {
    technology: loaded.adapters[port].adapter.name,
    capabilities,
    server: async () => (await place.adapters[port].inspect()).server,
    fresh: async () => {
      place = await nextPlace();
      latest = await open(place);
      return latest;
    },
    another: async () => (capabilities.shared ? open(place) : kit.handleOn(latest)),
    dispose: async () => undefined,
  };
};
