import type { QueueName, TaskRecord, Waybill } from '@waybill/core';
import type { Action } from './call.ts';
import { durationText } from './duration-text.ts';
import type { Output } from './output.ts';
import { viewQueue } from './queue-status.ts';
import { dim } from './styled.ts';

/** Of the tasks that ended last, so many are looked at. */
const sampleSize = 200;
const windowMs = 5 * 60_000;

export const showStats: Action = (invocation) =>
  invocation.withDeployment(async ({ waybill }) => {
    const { output } = invocation;
    const now = waybill.engine.context.clock.now();
    const queues = await Promise.all(
      (await waybill.queues.status()).map(async (status) => ({
        ...viewQueue(status),
        queue: status.queue,
        completed: status.completed,
        failed: status.failed,
        cancelled: status.cancelled,
        recent: recentOf(await newest(waybill, status.queue, 'completed'), now),
      })),
    );
    if (output.json) output.document({ sampleSize, windowMs, queues });
    else print(output, queues);
    return undefined;
  });

/** Core's records know no history beyond themselves: rates and times are those of the last that completed. */
export interface Recent {
  readonly sampled: number;
  /** Completed per minute; `null` if none completed within the window. */
  readonly perMinute: number | null;
  /** From submitted to the beginning of the last attempt, and from there to the end; medians. */
  readonly waitMs: number | null;
  readonly runMs: number | null;
}

const newest = async (
  waybill: Waybill,
  queue: QueueName,
  status: 'completed',
): Promise<readonly TaskRecord[]> =>
  (await waybill.list({ queue, status, newestFirst: true, limit: sampleSize })).tasks;

export const recentOf = (tasks: readonly TaskRecord[], now: number): Recent => {
  const ended = tasks.flatMap(({ submittedAt, startedAt = submittedAt, finishedAt }) =>
    finishedAt === undefined ? [] : [{ submittedAt, startedAt, finishedAt }],
  );
  const within = ended.filter(({ finishedAt }) => now - finishedAt <= windowMs);
  const oldest = Math.min(...within.map(({ finishedAt }) => finishedAt));
  // A full sample may reach back less far than the window; then only what it covers counts.
  const coveredMs = within.length === sampleSize ? Math.max(1, now - oldest) : windowMs;
  return {
    sampled: ended.length,
    perMinute: within.length === 0 ? null : (within.length * 60_000) / coveredMs,
    waitMs: median(ended.map(({ submittedAt, startedAt }) => startedAt - submittedAt)),
    runMs: median(ended.map(({ startedAt, finishedAt }) => finishedAt - startedAt)),
  };
};

const median = (values: readonly number[]): number | null =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;

interface Line {
  readonly queue: string;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly recent: Recent;
}

const print = (output: Output, queues: readonly Line[]): void => {
  const titles = ['COMPLETED', 'FAILED', 'CANCELLED', 'PER MIN', 'WAIT', 'RUN'];
  const time = (ms: number | null): string => (ms === null ? '-' : durationText(ms));
  output.table(
    [{ title: 'QUEUE' }, ...titles.map((title) => ({ title, right: true }))],
    queues.map(({ queue, completed, failed, cancelled, recent }) => [
      queue,
      ...[completed, failed, cancelled].map(String),
      recent.perMinute === null ? '-' : recent.perMinute.toFixed(1),
      ...[time(recent.waitMs), time(recent.runMs)],
    ]),
  );
  output.note(
    dim(
      `counts: of the records that are kept. per min: completed in the last 5 min. wait, run: medians of the last ${sampleSize} completed.`,
    ),
  );
  output.next('what waits and runs now: waybill queue status');
};
