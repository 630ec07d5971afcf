import {
  type AdapterChoice,
  findAdapter,
  type LoadedConfig,
  loadConfig,
  type PortName,
  publishedAdapters,
} from '@waybill/core';
import type { Call } from './call.ts';
import type { Invocation } from './invocation.ts';

export interface ChoiceOptions {
  readonly port?: PortName;
}

/** The adapters that were asked for, and the config with them in place. */
export interface Choices {
  readonly ports: readonly PortName[];
  /** Loads the config with them, and with further keys set; throws a `ConfigError` where options are missing. */
  load(flags?: Readonly<Record<string, string>>): Promise<LoadedConfig>;
}

const allPorts = ['store', 'broker', 'channel'] as const satisfies readonly PortName[];

/**
 * A technology stands for its adapters of every port it is installed for; nothing stands for the config's own.
 * Options of the config are kept where it names the technology itself; the other ports are put on memory, so that
 * their backends need not be there.
 */
export const chooseAdapters = async (
  invocation: Invocation,
  { args: [technology], options: { port } }: Call<ChoiceOptions>,
): Promise<Choices> => {
  const { create: _, ...source } = invocation.source();
  const load = (flags: Readonly<Record<string, string>> = {}): Promise<LoadedConfig> =>
    loadConfig({ ...source, flags: { ...source.flags, ...flags } });
  if (technology === undefined) return { ports: port === undefined ? allPorts : [port], load };
  const ports = port === undefined ? await portsOf(technology, source.cwd) : [port];
  const own = await tryLoad(load);
  const uses = allPorts
    .filter((each) => own?.adapters[each].adapter.name !== technology || !ports.includes(each))
    .map((each) => [`${each}.use`, ports.includes(each) ? technology : 'memory'] as const);
  return { ports, load: (flags) => load({ ...Object.fromEntries(uses), ...flags }) };
};

/** The ports it has an adapter for, here; else those it is published for, so that the error says how to get it. */
const portsOf = async (technology: string, folder: string): Promise<readonly PortName[]> => {
  const found = await Promise.all(allPorts.map((port) => findAdapter(port, technology, folder)));
  const here = allPorts.filter((_, index) => 'adapter' in (found[index] ?? {}));
  if (here.length > 0) return here;
  const published = allPorts.filter((port) => publishedAdapters[port].includes(technology));
  return published.length > 0 ? published : allPorts;
};

/** A config that does not load has nothing to keep; what is wrong with it is said when it is loaded for good. */
const tryLoad = async (
  load: () => Promise<LoadedConfig>,
): Promise<{ readonly adapters: { readonly [P in PortName]: AdapterChoice<P> } } | undefined> => {
  const [settled] = await Promise.allSettled([load()]);
  return settled?.status === 'fulfilled' ? settled.value : undefined;
};
