import { hostname } from 'node:os';
import type { Opened, QueueName, Waybill } from '@waybill/core';
import { type Outcome, startWorker, type Worker, type WorkerOptions } from '@waybill/workers';
import { durationText } from './duration-text.ts';
import { type ExitCode, exitCodeOfSignal, exitCodes } from './exit-code.ts';
import type { Invocation } from './invocation.ts';
import { pluralOf } from './scan-tasks.ts';
import type { StopSignal } from './surroundings.ts';

export interface Settled {
  readonly id: string;
  readonly topic: string;
  readonly outcome: Outcome;
}

export interface WorkerRun {
  readonly slots: Readonly<Record<QueueName, number>>;
  /** Called when the worker takes tasks. */
  readonly onReady: (worker: Worker) => void;
  readonly onSettled: (task: Settled) => void;
}

/**
 * Works until it is asked to stop, then lets running tasks finish, gives back what takes too long, and closes the
 * deployment. Asked a second time it ends at once: what it held runs elsewhere when the leases have run out.
 */
export const runWorker = async (
  invocation: Invocation,
  { waybill, loaded }: Opened,
  { slots, onReady, onSettled }: WorkerRun,
): Promise<ExitCode> => {
  const { shutdownMs } = loaded.config;
  const { first, second, release } = twoStops(invocation);
  // A deployment in memory holds nothing that would keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  try {
    const worker = await startOrClose(waybill, {
      ...{ slots, host: hostname(), pid: process.pid },
      onSettled: ({ id, topic }, outcome) => onSettled({ id, topic, outcome }),
    });
    onReady(worker);
    const signal = await first;
    tellStopping(invocation, worker, shutdownMs);
    const stopped = worker.stop().then(() => waybill.close());
    const again = await Promise.race([stopped, second]);
    if (again === undefined) return signal === 'SIGPIPE' ? exitCodes['pipe-closed'] : exitCodes.ok;
    // It is left where it is; what it still throws concerns nobody.
    stopped.catch(() => undefined);
    return exitCodeOfSignal(again);
  } finally {
    clearInterval(alive);
    release();
  }
};

const startOrClose = async (waybill: Waybill, options: WorkerOptions): Promise<Worker> => {
  try {
    return await startWorker(waybill, options);
  } catch (error) {
    // Why it did not start is worth more than how the deployment closed.
    await Promise.allSettled([waybill.close()]);
    throw error;
  }
};

const twoStops = (
  invocation: Invocation,
): {
  readonly first: Promise<StopSignal>;
  readonly second: Promise<StopSignal>;
  readonly release: () => void;
} => {
  const [first, second] = [Promise.withResolvers<StopSignal>(), Promise.withResolvers<StopSignal>()];
  let asked = false;
  const release = invocation.surroundings.onStop((signal) => {
    if (!asked) first.resolve(signal);
    // Each line that a closed pipe loses asks again; only people are impatient.
    else if (signal !== 'SIGPIPE') second.resolve(signal);
    asked = true;
  });
  return { first: first.promise, second: second.promise, release };
};

const tellStopping = ({ output }: Invocation, worker: Worker, shutdownMs: number): void => {
  const { running } = worker;
  if (output.json) output.record({ event: 'stopping', running });
  const wait = `${running} running ${pluralOf(running, 'task')} may finish, for at most ${durationText(shutdownMs)}`;
  output.note(`stopping${running === 0 ? '' : `: ${wait}; once more stops at once`}`);
};
