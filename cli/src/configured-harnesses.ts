import { type LoadedConfig, loadConfig, type PortName, type Ports } from '@waybill/core';
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
  const inMemory = { use: 'memory' } as const;
  const config = { broker: inMemory, channel: inMemory, store: inMemory };
  const memory = await loadConfig({ cwd: folder, env: {}, config });
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
  const technology = loaded.adapters[port].adapter.name;
  const own = capabilities.shared ? undefined : await harnessOfKit(technology, port);
  if (own !== undefined) return own;
  return {
    technology,
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

/**
 * What lives in one object has no second client to be opened from options, and cases that close one of two need
 * more than a handle. Memory is nothing to configure, and the kit knows how to make two clients of it.
 */
const harnessOfKit = async <P extends PortName>(
  technology: string,
  port: P,
): Promise<Harness<Ports[P]> | undefined> => {
  if (technology !== 'memory') return undefined;
  const { harnesses } = await import('@waybill/testing/harness/memory');
  // `Harnesses` has for each port the harness of that port; the compiler loses the pairing.
  return harnesses[port]?.() as unknown as Promise<Harness<Ports[P]> | undefined>;
};
