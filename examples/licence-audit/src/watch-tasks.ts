import { setTimeout as pause } from 'node:timers/promises';
import type { TaskFilter, TaskRecord, Waybill } from '@waybill/core';
import { auditPackage } from './audit-package.ts';

/** The package tasks of one audit, at one look. */
export interface Look {
  readonly total: number;
  readonly done: number;
  /** Waiting, in progress or rolling back. */
  readonly open: readonly TaskRecord[];
}

const everyMs = 100;

/** Looks again and again until every task is over; the last look is of the end. */
export async function* watchTasks(
  waybill: Waybill,
  {
    tenant,
    total,
    signal,
  }: { readonly tenant: string; readonly total: number; readonly signal: AbortSignal },
): AsyncIterable<Look> {
  for (;;) {
    signal.throwIfAborted();
    const begunAt = performance.now();
    const open = await allTasks(waybill, { tenant, status: ['available', 'in-progress', 'rolling-back'] });
    // A task that changes its status while the list is read can escape it. What is over stays over, so that counts.
    const isOver = open.length === 0 && (await finishedTasks(waybill, tenant)).length >= total;
    if (isOver || open.length > 0) yield { total, done: total - open.length, open };
    if (isOver) return;
    // Watching many tasks takes long; the workers need the store more than the bar does.
    await pause(Math.max(everyMs, 4 * (performance.now() - begunAt)), undefined, { signal });
  }
}

export const finishedTasks = (waybill: Waybill, tenant: string): Promise<readonly TaskRecord[]> =>
  allTasks(waybill, { tenant, status: ['completed', 'failed', 'cancelled'] });

const allTasks = async (waybill: Waybill, filter: TaskFilter): Promise<readonly TaskRecord[]> => {
  const tasks: TaskRecord[] = [];
  let after: string | undefined;
  do {
    const page = await waybill.list({
      ...filter,
      topic: auditPackage.topic,
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    tasks.push(...page.tasks);
    after = page.next;
  } while (after !== undefined);
  return tasks;
};
