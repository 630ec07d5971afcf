import { defaultSettings, type EngineSettings, isOver } from '@waybill/core';
import { Agents } from './agents.ts';
import { checkHistory } from './checks/check-history.ts';
import { Clients } from './clients.ts';
import { Deployment, type StoreKind } from './deployment.ts';
import { drawFaults, kindOf } from './fault-profile.ts';
import type { Mutant } from './mutants/mutant.ts';
import { Nemesis } from './nemesis.ts';
import { Random } from './random.ts';
import { outbox, phaseOf, recordOf, tasks } from './records.ts';
import { Touches } from './touches.ts';
import { World } from './world.ts';
import { Workers } from './workers.ts';

export interface ScheduleOptions {
  readonly mutant?: Mutant | undefined;
  /** Default `native`, or what the mutant needs. */
  readonly store?: StoreKind | undefined;
  /** Keeps a readable timeline. */
  readonly show?: boolean;
}

/** What one schedule came to. */
export interface ScheduleReport {
  readonly seed: number;
  readonly violations: readonly string[];
  /** Equal for two runs exactly if the same things happened at the same instants. */
  readonly hash: string;
  readonly steps: number;
  readonly virtualMs: number;
  readonly tasks: number;
  readonly timeline: readonly string[];
}

/**
 * How long after the last fault everything must have come to an end, by the simulator's settings: some leases,
 * sweeps and retries, and the five and ten seconds after which others send what a dead process left in the outbox.
 */
const patienceMs = 90_000;

/** One seed: a deployment, a workload, what goes wrong, and what the checks say of it. */
export const runSchedule = async (seed: number, options: ScheduleOptions = {}): Promise<ScheduleReport> => {
  const world = new World(options.show === true);
  const random = new Random(seed);
  const settings = drawSettings(random);
  const faults = drawFaults(random, settings.leaseMs);
  world.tell('world', `seed ${seed}, lease ${settings.leaseMs} ms, faults ${JSON.stringify(faults)}`);
  const { mutant, store = mutant?.documents === undefined ? 'native' : 'journaled' } = options;
  const deployment = new Deployment({ world, random, faults, settings, mutant, store });
  const workers = new Workers(deployment);
  const agents = new Agents(deployment);
  const hasAgent = random.chance(0.4);
  const clients = new Clients(deployment, { hasAgent });
  if (hasAgent) agents.start();
  for (let n = 0; n < 3; n++) workers.start(n);
  const faultyMs = random.between(500, 4_000);
  clients.start(random.whole(2, 6), random.scale(10, faultyMs));
  if (store === 'journaled')
    for (let n = random.whole(0, 2); n > 0; n--) new Touches(deployment).start(faultyMs);
  new Nemesis(deployment, workers, agents).start();
  world.after(faultyMs, () => deployment.calmDown());
  const hasEnded = endOf(world, deployment, workers, clients);
  let ended = false;
  await world.run(() => {
    ended = hasEnded();
    return ended || (deployment.isCalm && world.now > faultyMs + patienceMs);
  });
  const found = checkHistory(world.history, deployment.store.all(tasks), {
    ended,
    faults: kindOf(faults),
    unknownTopicMs: settings.unknownTopicMs,
    leaseMs: settings.leaseMs,
    recoveryMs: settings.leaseMs + settings.sweepMs + deployment.store.patienceMs,
  });
  if (!ended) found.unshift(`not at an end ${patienceMs} ms after the last fault: ${unfinished(deployment)}`);
  return {
    seed,
    violations: found,
    hash: world.hash,
    steps: world.steps,
    virtualMs: world.now,
    tasks: deployment.store.all(tasks).length,
    timeline: world.timeline ?? [],
  };
};

/** Shorter than in production, so that a schedule is short as well. */
const drawSettings = (random: Random): EngineSettings => ({
  ...defaultSettings,
  leaseMs: Math.round(random.scale(600, 4_000)),
  sweepMs: Math.round(random.scale(200, 1_000)),
  timeoutMs: 6_000,
  requestMs: Math.round(random.scale(50, 2_000)),
  retry: { attempts: 3, minDelayMs: 50, maxDelayMs: 1_000 },
  window: random.chance(0.3) ? random.whole(1, 4) : 64,
  undoAttempts: random.whole(2, 6),
  unknownTopicMs: drawUnknownMs(random.fork('unknown topics')),
});

/** Mostly longer than a schedule, in which then no task fails of its topic. */
const drawUnknownMs = (random: Random): number =>
  random.chance(0.3) ? Math.round(random.scale(50, 5_000)) : defaultSettings.unknownTopicMs;

/** Everything submitted is over, everything said is sent, nobody works, and nothing late is still on its way. */
const endOf = (world: World, deployment: Deployment, workers: Workers, clients: Clients): (() => boolean) => {
  let seen = -1;
  let settled = false;
  return () => {
    if (world.history.length !== seen) {
      seen = world.history.length;
      settled = isSettled(deployment);
    }
    return settled && clients.areDone && deployment.late === 0 && workers.areIdle;
  };
};

const isSettled = ({ store }: Deployment): boolean =>
  store.all(outbox).length === 0 && store.all(tasks).every(({ fields }) => isOver(phaseOf(fields)));

const unfinished = ({ store, late }: Deployment): string => {
  const open = store
    .all(tasks)
    .map(({ key, fields }) => recordOf(key.id, fields))
    .filter(({ phase }) => !isOver(phase))
    .map(({ id, phase, mode, epoch }) => `${id} ${phase}/${mode} epoch ${epoch}`);
  return `${open.join(', ') || 'no task'}; ${store.all(outbox).length} messages unsent; ${late} late requests`;
};
