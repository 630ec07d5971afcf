import type { TaskRecord, Waybill } from '@waybill/core';
import type { Look } from './watch-tasks.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A worker was killed with tasks in its hands. */
export interface Cut {
  readonly worker: WorkerProcess;
  readonly at: number;
  readonly done: number;
  /** The tasks that it held when it was gone, as they were then. */
  readonly orphans: readonly TaskRecord[];
}

/** Kills the worker once half of the tasks are over, at a moment when it holds some; else answers nothing. */
export const cutPower = async (
  waybill: Waybill,
  worker: WorkerProcess,
  { done, total, open }: Look,
  tenant: string,
): Promise<Cut | undefined> => {
  const held = open.filter(({ owner }) => owner === worker.workerId);
  if (done < total / 2 || held.length === 0) return undefined;
  await worker.kill();
  // What it could still finish while the signal was on its way is done; what it holds now nobody will finish for it.
  const left = await Promise.all(held.map(({ id }) => waybill.find(id, tenant)));
  const orphans = left.flatMap((task) => (task?.owner === worker.workerId ? [task] : []));
  return { worker, at: performance.now(), done, orphans };
};

/** How far the others have come with what the dead worker left: nothing yet, leases expired, all of it over. */
export const recoveryOf = ({ orphans }: Cut, { open }: Look): 'waiting' | 'taken-back' | 'over' => {
  const left = orphans.flatMap(({ id }) => open.find((task) => task.id === id) ?? []);
  if (left.length === 0) return 'over';
  return left.every(({ failures }) => failures?.at(-1)?.class === 'crash') ? 'taken-back' : 'waiting';
};
