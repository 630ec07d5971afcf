import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../simulator/random.ts';
import { checkRun } from './checks/check-run.ts';
import { type Deployment, leaseMs, openDeployment } from './deployment.ts';
import { readFinalState } from './final-state.ts';
import { Fleet } from './fleet.ts';
import { Listener } from './listener.ts';
import { newDeployment, type Technologies, tidyUp } from './new-deployment.ts';
import { describeEnding, runChild } from './run-child.ts';

export interface RandomKillsOptions {
  readonly kills: number;
  readonly seed: number;
  /** Worker processes at a time. Default 3. */
  readonly workers?: number;
}

export interface RandomKillsReport {
  readonly seed: number;
  readonly kills: number;
  /** How often a process was stopped for longer than its leases, and went on. */
  readonly pauses: number;
  readonly tasks: number;
  readonly completed: number;
  readonly violations: readonly string[];
  readonly ms: number;
  readonly folder: string;
}

/** Enough for a task that is killed again and again; a rare one fails for good all the same. */
const attempts = 12;
const betweenKillsMs = 450;
const recoveryLimitMs = 60_000;

/** Kills and suspends workers under load, lets the last ones end in peace, clears up, and looks what is left. */
export const killAtRandom = async (
  technologies: Technologies,
  options: RandomKillsOptions,
): Promise<RandomKillsReport> => {
  const startedAt = performance.now();
  const deployment = await newDeployment(technologies, attempts);
  const found = await tormentAndCheck(deployment, options);
  await tidyUp(deployment, found.violations);
  const { kills, seed } = options;
  return { seed, kills, ...found, ms: performance.now() - startedAt, folder: deployment.folder };
};

const tormentAndCheck = async (
  deployment: Deployment,
  { kills, seed, workers = 4 }: RandomKillsOptions,
): Promise<Pick<RandomKillsReport, 'pauses' | 'tasks' | 'completed' | 'violations'>> => {
  const waybill = await openDeployment(deployment);
  const listener = await Listener.open(waybill);
  const fleet = new Fleet(deployment, { workers, seed });
  try {
    const pauses = await torment(fleet, { kills, workers, random: new Random(seed, 'kills') });
    await fleet.stop(15_000);
    const recovered = await recoverAll(deployment);
    const state = await readFinalState(waybill, deployment, listener.heard);
    const violations = [...fleet.surprises, ...recovered, ...checkRun(state)];
    const tasks = [...state.tasks.values()];
    const completed = tasks.filter(({ phase }) => phase === 'completed').length;
    return { pauses, tasks: tasks.length, completed, violations };
  } finally {
    await fleet.destroy();
    await listener.close();
    await waybill.close();
  }
};

/** Answers how often a worker was suspended. */
const torment = async (
  fleet: Fleet,
  { kills, workers, random }: { readonly kills: number; readonly workers: number; readonly random: Random },
): Promise<number> => {
  const suspended: Promise<void>[] = [];
  for (let killed = 0; killed < kills; ) {
    await pause(random.wait(betweenKillsMs));
    const place = random.whole(0, workers - 1);
    if (random.chance(0.25)) {
      suspended.push(fleet.suspend(place, leaseMs * random.between(1.2, 3)));
    } else {
      fleet.kill(place);
      killed++;
    }
  }
  await Promise.all(suspended);
  return suspended.length;
};

const recoverAll = async (deployment: Deployment): Promise<readonly string[]> => {
  const orders = { limitMs: recoveryLimitMs };
  const ending = await runChild({ deployment, role: 'recovery', orders }, recoveryLimitMs + 10_000);
  return ending.code === 0 ? [] : [`the recovery did not end well: ${describeEnding(ending)}`];
};
