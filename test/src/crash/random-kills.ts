import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../simulator/random.ts';
import { checkRun } from './checks/check-run.ts';
import { checkWork } from './checks/work.ts';
import { type Deployment, leaseMs, openDeployment } from './deployment.ts';
import { readFinalState } from './final-state.ts';
import { Fleet } from './fleet.ts';
import { Listener } from './listener.ts';
import { newDeployment, type Technologies, tidyUp } from './new-deployment.ts';
import { describeEnding, runChild } from './run-child.ts';
import { killServer, Servers } from './servers.ts';

export interface RandomKillsOptions {
  readonly kills: number;
  readonly seed: number;
  /** Worker processes at a time. Default 4. */
  readonly workers?: number;
}

export interface RandomKillsReport {
  readonly seed: number;
  readonly kills: number;
  /** How often a process was stopped for longer than its leases, and went on. */
  readonly pauses: number;
  /** How often a server was killed, and came back. */
  readonly serverKills: number;
  readonly tasks: number;
  readonly completed: number;
  readonly violations: readonly string[];
  readonly ms: number;
  readonly folder: string;
}

/** Enough for a task that is killed again and again; a rare one fails for good all the same. */
const attempts = 12;
const betweenKillsMs = 450;
const recoveryLimitMs = 240_000;
/** One that has only just been started has to start first, however slow the machine is. */
const stoppingLimitMs = 60_000;
/** The others may be killed while they start. */
const atWorkChance = 0.8;
const serverKillChance = 0.15;
const longestDownMs = 1_500;

/**
 * Kills and suspends workers under load, and kills the servers that are ours; lets the last workers end in peace, clears
 * up, and looks what is left.
 */
export const killAtRandom = async (
  technologies: Technologies,
  options: RandomKillsOptions,
): Promise<RandomKillsReport> => {
  const startedAt = performance.now();
  const servers = await Servers.start(Object.values(technologies));
  try {
    const deployment = await newDeployment(technologies, servers, attempts);
    const found = await tormentAndCheck(deployment, servers, options);
    await tidyUp(deployment, found.violations);
    const { kills, seed } = options;
    return { seed, kills, ...found, ms: performance.now() - startedAt, folder: deployment.folder };
  } finally {
    await servers.stop();
  }
};

const tormentAndCheck = async (
  deployment: Deployment,
  servers: Servers,
  { kills, seed, workers = 4 }: RandomKillsOptions,
): Promise<Omit<RandomKillsReport, 'seed' | 'kills' | 'ms' | 'folder'>> => {
  const waybill = await openDeployment(deployment);
  const listener = await Listener.open(waybill);
  const fleet = new Fleet(deployment, { workers, seed });
  try {
    const random = new Random(seed, 'kills');
    const suffered = await torment(fleet, servers, { kills, workers, random });
    await fleet.stop(stoppingLimitMs);
    const recovered = await recoverAll(deployment);
    const state = await readFinalState(waybill, deployment, listener.heard);
    const violations = [...fleet.surprises, ...recovered, ...checkWork(state), ...checkRun(state)];
    const tasks = [...state.tasks.values()];
    const completed = tasks.filter(({ phase }) => phase === 'completed').length;
    return { ...suffered, tasks: tasks.length, completed, violations };
  } finally {
    await fleet.destroy();
    await listener.close();
    await waybill.close();
  }
};

interface Plan {
  readonly kills: number;
  readonly workers: number;
  readonly random: Random;
}

/** Answers what happened beside the kills of workers that were asked for. */
const torment = async (
  fleet: Fleet,
  servers: Servers,
  { kills, workers, random }: Plan,
): Promise<Pick<RandomKillsReport, 'pauses' | 'serverKills'>> => {
  const suspended: Promise<void>[] = [];
  let serverKills = 0;
  let down: Promise<void> | undefined;
  for (let killed = 0; killed < kills; ) {
    await pause(random.wait(betweenKillsMs));
    const place = random.whole(0, workers - 1);
    // On a slow machine none would live to do anything.
    if (random.chance(atWorkChance)) await fleet.atWork(place);
    if (random.chance(0.25)) {
      suspended.push(fleet.suspend(place, leaseMs * random.between(1.2, 3)));
    } else {
      fleet.kill(place);
      killed++;
    }
    if (servers.ours.length === 0 || !random.chance(serverKillChance)) continue;
    const server = servers.ours[random.whole(0, servers.ours.length - 1)];
    if (server === undefined) continue;
    await down;
    down = killServer(server, random.whole(1, longestDownMs));
    serverKills++;
  }
  await Promise.all([...suspended, down]);
  return { pauses: suspended.length, serverKills };
};

const recoverAll = async (deployment: Deployment): Promise<readonly string[]> => {
  const orders = { limitMs: recoveryLimitMs };
  const ending = await runChild({ deployment, role: 'recovery', orders }, recoveryLimitMs + 10_000);
  return ending.code === 0 ? [] : [`the recovery did not end well: ${describeEnding(ending)}`];
};
