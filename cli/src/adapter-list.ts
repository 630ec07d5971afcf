import {
  installedAdapters,
  isWaybillError,
  loadConfig,
  type LoadedConfig,
  type PortName,
  publishedAdapters,
} from '@waybill/core';
import type { Action } from './call.ts';
import type { Invocation } from './invocation.ts';
import { dim, green, type Part, yellow } from './styled.ts';

const ports = ['broker', 'channel', 'store'] as const satisfies readonly PortName[];
type State = 'in use' | 'installed' | 'available';

export const listAdapters: Action = async (invocation) => {
  const { output } = invocation;
  const loaded = await tryConfig(invocation);
  const folder = loaded?.folder ?? invocation.surroundings.cwd;
  const states = new Map(ports.map((port) => [port, statesOf(port, folder, loaded)]));
  const names = [...new Set(ports.flatMap((port) => [...(states.get(port)?.keys() ?? [])]))].toSorted();
  const stateOf = (port: PortName, name: string): State | undefined => states.get(port)?.get(name);
  if (output.json) {
    const adapters = names.flatMap((technology) =>
      ports.flatMap((port) => {
        const state = stateOf(port, technology);
        return state === undefined ? [] : [{ technology, port, state: state.replace(' ', '-') }];
      }),
    );
    output.document({ adapters });
    return undefined;
  }
  output.table(
    [{ title: 'TECHNOLOGY' }, ...ports.map((port) => ({ title: port.toUpperCase() }))],
    names.map((name) => [name, ...ports.map((port) => cell(stateOf(port, name)))]),
  );
  output.next(
    'install one: npm i @waybill/PORT-TECHNOLOGY',
    'what one keeps: waybill adapter capabilities TECHNOLOGY',
  );
  return undefined;
};

/** A config that is wrong may be so for want of an adapter: then this list is what helps. */
const tryConfig = async (invocation: Invocation): Promise<LoadedConfig | undefined> => {
  const { create: _, ...source } = invocation.source();
  try {
    return await loadConfig(source);
  } catch (error) {
    if (!isWaybillError(error)) throw error;
    invocation.output.problem(yellow('! '), 'the config has problems, so what it uses is not shown');
    invocation.output.next('waybill config check');
    return undefined;
  }
};

const statesOf = (
  port: PortName,
  folder: string,
  loaded: LoadedConfig | undefined,
): ReadonlyMap<string, State> => {
  const states = new Map<string, State>();
  for (const name of publishedAdapters[port]) states.set(name, 'available');
  for (const name of installedAdapters(port, folder)) states.set(name, 'installed');
  if (loaded !== undefined) states.set(loaded.adapters[port].adapter.name, 'in use');
  return states;
};

const cell = (state: State | undefined): Part =>
  state === undefined ? '-' : state === 'in use' ? green(state) : state === 'available' ? dim(state) : state;
