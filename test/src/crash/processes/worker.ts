import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { isWaybillError, type Waybill } from '@waybill/core';
import { startWorker, type Worker } from '@waybill/workers';
import { Random } from '../../simulator/random.ts';
import { Client } from '../client.ts';
import { type Deployment, openDeployment } from '../deployment.ts';
import type { Intent } from '../diary.ts';
import { drawPlan } from '../workload/draw-plan.ts';

export interface WorkerOrders {
  /** Never used by another process of the run. */
  readonly name: string;
  readonly seed: number;
  /** How long to wait between two submissions. */
  readonly everyMs: number;
}

const startingLimitMs = 120_000;

/** Works, and submits and cancels tasks, until it is told to stop. */
export const beWorker = async (deployment: Deployment, orders: WorkerOrders): Promise<void> => {
  const stop = new AbortController();
  void once(process, 'SIGTERM').then(() => stop.abort());
  const { waybill, worker } = await startPatiently(deployment);
  await submitUntil(stop.signal, new Client(waybill, deployment.folder, orders.name), orders);
  await worker.stop();
  await waybill.close();
};

interface Working {
  readonly waybill: Waybill;
  readonly worker: Worker;
}

/** Whoever starts workers in earnest starts them again, too, where a server is just coming up. */
const startPatiently = async (deployment: Deployment): Promise<Working> => {
  for (const deadline = performance.now() + startingLimitMs; ; await pause(100)) {
    const working = await orDoubt(start(deployment), performance.now() < deadline);
    if (working !== undefined) return working;
  }
};

const start = async (deployment: Deployment): Promise<Working> => {
  const waybill = await openDeployment(deployment);
  try {
    return { waybill, worker: await startWorker(waybill, { shutdownMs: 200 }) };
  } catch (error) {
    await waybill.close();
    throw error;
  }
};

const submitUntil = async (stop: AbortSignal, client: Client, orders: WorkerOrders): Promise<void> => {
  const { name, seed, everyMs } = orders;
  const random = new Random(seed, name);
  const cancels: Promise<unknown>[] = [];
  for (let n = 0; !stop.aborted; n++) {
    const task = await orDoubt(client.submit(drawIntent(random, `${name}-${n}`)));
    if (task !== undefined && random.chance(0.15)) {
      cancels.push(orDoubt(pause(random.scale(1, 500)).then(() => client.cancel(task.id))));
    }
    await pause(random.wait(everyMs));
  }
  await Promise.all(cancels);
};

/** A store that is out of reach, behind a process that was stopped, leaves a doubt: it is in the diary. */
const orDoubt = async <T>(request: Promise<T>, mayFail = true): Promise<T | undefined> => {
  try {
    return await request;
  } catch (error) {
    if (mayFail && isWaybillError(error) && error.retryable) return undefined;
    throw error;
  }
};

const drawIntent = (random: Random, key: string): Intent => ({
  key,
  plan: drawPlan(random, key),
  ...(random.chance(0.1) ? { delayMs: random.whole(10, 1_000) } : {}),
});
