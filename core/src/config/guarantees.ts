import type { PortName, Ports } from '../adapter.ts';
import { adapterName } from './adapter-name.ts';
import type { ConfigProblem } from './config-problem.ts';
import { embeddedAdapter } from './embedded-adapter.ts';
import type { Config } from './schema.ts';

/**
 * What a submitted task survives: `durable` also the loss of power, `process` the end of every process of ours,
 * `ephemeral` nothing: it lives as long as the process that holds it.
 */
export type Guarantee = 'durable' | 'process' | 'ephemeral';

export type Capabilities = { readonly [P in PortName]: Ports[P]['capabilities'] };

export interface Guarantees {
  /** What the store in use gives. The broker does not matter: losing it loses no task. */
  readonly level: Guarantee;
  readonly processes: 'one' | 'many';
  /** What the config asks for and its adapters cannot keep: a reason to refuse to start. */
  readonly problems: readonly ConfigProblem[];
  /** What is allowed, and may surprise. */
  readonly warnings: readonly ConfigProblem[];
}

type Asked = Pick<Config, PortName | 'processes' | 'guarantee' | 'isolation'>;

/** Compares what a config asks for with what its adapters, opened, declare. */
export const checkGuarantees = (config: Asked, capabilities: Capabilities): Guarantees => {
  const processes = config.processes ?? (ports.some((port) => capabilities[port].shared) ? 'many' : 'one');
  const level = levels[capabilities.store.durability];
  return {
    level,
    processes,
    problems: [
      ...(processes === 'many' ? findUnshared(config, capabilities) : []),
      ...findTooWeak(config, level, processes),
      ...findUnvalidated(config, capabilities),
    ],
    warnings: findForgetful(config, capabilities, level),
  };
};

const ports = ['store', 'broker', 'channel'] as const;
const levels = { disk: 'durable', process: 'process', none: 'ephemeral' } as const;
const strength = { ephemeral: 0, process: 1, durable: 2 } as const;

const findUnshared = (config: Asked, capabilities: Capabilities): readonly ConfigProblem[] =>
  ports
    .filter((port) => !capabilities[port].shared)
    .map((port) => ({
      path: `${port}.use`,
      message: `the ${port} ${adapterName(config[port].use)} cannot be shared, and there are many processes`,
      notes:
        config.processes === undefined ? ['processes is many by default if any adapter can be shared'] : [],
      fix: `use: '${embeddedAdapter.use}' shares one file between processes; or set processes: 'one'`,
    }));

const findTooWeak = (
  config: Asked,
  level: Guarantee,
  processes: 'one' | 'many',
): readonly ConfigProblem[] => {
  const asked = config.guarantee ?? (processes === 'many' ? 'process' : 'ephemeral');
  if (strength[level] >= strength[asked]) return [];
  return [
    {
      path: 'guarantee',
      message: `the store ${adapterName(config.store.use)} is ${level}, and ${asked} is the least acceptable`,
      notes: [survival[level]],
      fix: `make the store keep what it commits, use: '${embeddedAdapter.use}', or accept guarantee: '${level}'`,
    },
  ];
};

const survival: { readonly [G in Guarantee]: string } = {
  durable: 'durable: what was committed survives the loss of power',
  process: 'process: what was committed survives the end of our processes, and not the loss of power',
  ephemeral: 'ephemeral: what was committed is gone when the process that holds it ends',
};

const findUnvalidated = (config: Asked, { store }: Capabilities): readonly ConfigProblem[] => {
  if (config.isolation === 'snapshot' || store.rangeValidation) return [];
  return [
    {
      path: 'isolation',
      message: `the store ${adapterName(config.store.use)} cannot validate what a task found by query when it commits`,
      notes: ['two tasks that query the same documents could each miss what the other writes'],
      fix: `set isolation: 'snapshot' to accept that, or use: '${embeddedAdapter.use}', which validates queries`,
    },
  ];
};

const findForgetful = (
  config: Asked,
  { channel }: Capabilities,
  level: Guarantee,
): readonly ConfigProblem[] => {
  const kept = levels[channel.durability];
  if (strength[kept] >= strength[level]) return [];
  return [
    {
      path: 'channel.use',
      message: `the channel ${adapterName(config.channel.use)} forgets messages sooner than the store forgets tasks`,
      notes: [`tasks are ${level}, messages on their way ${kept}`],
    },
  ];
};
