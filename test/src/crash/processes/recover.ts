import type { Waybill } from '@waybill/core';
import { startWorker } from '@waybill/workers';
import { Client } from '../client.ts';
import { type Deployment, openDeployment } from '../deployment.ts';
import { readDiaries } from '../diary.ts';
import { openTasks, outboxRows } from '../final-state.ts';
import { until } from '../until.ts';

export interface RecoveryOrders {
  readonly limitMs: number;
}

/** What any deployment does after a crash: the client asks again where it has no answer, and a worker works. */
export const recover = async (deployment: Deployment, { limitMs }: RecoveryOrders): Promise<void> => {
  const waybill = await openDeployment(deployment);
  const worker = await startWorker(waybill);
  try {
    await askAgain(waybill, deployment.folder);
    await until('nothing is left to do', async () => (await leftToDo(waybill)) === 0, limitMs);
  } finally {
    await worker.stop();
    await waybill.close();
  }
};

const leftToDo = async (waybill: Waybill): Promise<number> =>
  (await openTasks(waybill)).length + (await outboxRows(waybill)).length;

const askAgain = async (waybill: Waybill, run: string): Promise<void> => {
  const entries = readDiaries(run);
  const client = new Client(waybill, run, 'recovery');
  const ids = new Map(
    entries.flatMap((entry) => (entry.kind === 'submitted' ? [[entry.key, entry.id] as const] : [])),
  );
  const cancelled = new Set(entries.flatMap((entry) => (entry.kind === 'cancelled' ? [entry.id] : [])));
  for (const entry of entries) {
    if (entry.kind !== 'intends') continue;
    const { intent } = entry;
    const id = ids.get(intent.key) ?? (await client.resubmit(intent)).id;
    if (intent.cancels === true && !cancelled.has(id)) await client.cancel(id);
  }
};
