import type { Finding, PortName } from '../adapter.ts';
import { isWaybillError } from '../errors.ts';
import { systemRuntime } from '../system-runtime.ts';
import type { AdapterChoice } from './adapter-choice.ts';

/** `degraded`: it answers, and something is wrong with it. `down`: it does not answer. */
export type HealthState = 'ok' | 'degraded' | 'down';

export interface PortHealth {
  readonly state: HealthState;
  /** Name and version of what answers. */
  readonly server?: string;
  /** Why it is degraded, each with the line that mends it. */
  readonly findings: readonly Finding[];
  /** Why it is down. */
  readonly problem?: string;
}

export interface Health {
  /** The worst of the three. */
  readonly state: HealthState;
  readonly ports: { readonly [P in PortName]: PortHealth };
}

/**
 * How the live backends of a deployment are: for a health probe. Looks anew, all at once, each on a connection of its
 * own; what has not answered within `withinMs` (default 5,000) is down. Never throws.
 */
export const checkHealth = async (
  adapters: { readonly [P in PortName]: Pick<AdapterChoice<P>, 'inspect'> },
  { withinMs = 5_000 }: { readonly withinMs?: number } = {},
): Promise<Health> => {
  const look = (port: PortName): Promise<PortHealth> => soon(healthOf(adapters[port]), withinMs);
  const [broker, channel, store] = await Promise.all([look('broker'), look('channel'), look('store')]);
  const states = [broker, channel, store].map(({ state }) => state);
  const state = (['down', 'degraded'] as const).find((each) => states.includes(each)) ?? 'ok';
  return { state, ports: { broker, channel, store } };
};

const healthOf = async ({ inspect }: Pick<AdapterChoice, 'inspect'>): Promise<PortHealth> => {
  try {
    const { server, findings } = await inspect();
    return { state: findings.length > 0 ? 'degraded' : 'ok', server, findings };
  } catch (error) {
    const problem = isWaybillError(error) ? error.message : 'the adapter failed';
    return { state: 'down', findings: [], problem };
  }
};

const soon = async (answer: Promise<PortHealth>, withinMs: number): Promise<PortHealth> => {
  const late = Promise.withResolvers<PortHealth>();
  const timer = systemRuntime().timer(withinMs, () =>
    late.resolve({ state: 'down', findings: [], problem: `it has not answered within ${withinMs} ms` }),
  );
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    timer.cancel();
  }
};
