import type { PointName } from '@waybill/core';
import { checkRun } from './checks/check-run.ts';
import { type Deployment, openDeployment } from './deployment.ts';
import { readFinalState } from './final-state.ts';
import { Listener } from './listener.ts';
import { newDeployment, type Technologies, tidyUp } from './new-deployment.ts';
import { describeEnding, runChild } from './run-child.ts';
import type { Servers } from './servers.ts';

export interface CrashPoint {
  readonly point: PointName;
  /** Kills itself when it comes by for this time, from 1. */
  readonly hit: number;
}

/** One process that killed itself, and what was found when another one had cleared up after it. */
export interface CrashReport extends CrashPoint {
  readonly violations: readonly string[];
  readonly ms: number;
  /** Where the files of the run are. They are gone if nothing was wrong. */
  readonly folder: string;
}

const attempts = 5;
const victimLimitMs = 120_000;
const recoveryLimitMs = 120_000;

export const crashAt = async (
  technologies: Technologies,
  servers: Servers,
  crash: CrashPoint,
): Promise<CrashReport> => {
  const startedAt = performance.now();
  const deployment = await newDeployment(technologies, servers, attempts);
  const violations = await crashAndCheck(deployment, crash);
  await tidyUp(deployment, violations);
  return { ...crash, violations, ms: performance.now() - startedAt, folder: deployment.folder };
};

const crashAndCheck = async (deployment: Deployment, crash: CrashPoint): Promise<readonly string[]> => {
  const waybill = await openDeployment(deployment);
  const listener = await Listener.open(waybill);
  try {
    const victim = await runChild({ deployment, role: 'victim', orders: crash }, victimLimitMs);
    if (victim.signal !== 'SIGKILL') return [`the point was never reached: ${describeEnding(victim)}`];
    const recovery = await runChild(
      { deployment, role: 'recovery', orders: { limitMs: recoveryLimitMs } },
      recoveryLimitMs + 10_000,
    );
    const failed = recovery.code === 0 ? [] : [`the recovery did not end well: ${describeEnding(recovery)}`];
    return [...failed, ...checkRun(await readFinalState(waybill, deployment, listener.heard))];
  } finally {
    await listener.close();
    await waybill.close();
  }
};
