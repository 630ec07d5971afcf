import { isOver, type Key, type Waybill } from '@waybill/core';
import { startWorker } from '@waybill/workers';
import { Client } from '../client.ts';
import { type Deployment, openDeployment } from '../deployment.ts';
import { readDiaries } from '../diary.ts';
import { openTasks, outboxRows } from '../final-state.ts';
import { phaseOf } from '../../simulator/records.ts';
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
    const quiet = new Quiet(waybill);
    await until('nothing is left to do', () => quiet.isReached(), limitMs);
  } finally {
    await worker.stop();
    await waybill.close();
  }
};

/** Looks in a row that must find nothing: one may miss a task that follows up another one just then. */
const enoughLooks = 3;

/**
 * A list of open tasks is made lane by lane, and a task that goes back and forth meanwhile, say because its lease runs out
 * on a slow machine, can be missed in all of them. So each one that was ever seen is looked at by itself.
 */
class Quiet {
  readonly #waybill: Waybill;
  readonly #seen = new Map<string, Key>();
  #looks = 0;

  constructor(waybill: Waybill) {
    this.#waybill = waybill;
  }

  async isReached(): Promise<boolean> {
    const open = await openTasks(this.#waybill);
    for (const { id, tenant } of open) this.#seen.set(id, { collection: 'waybill.tasks', tenant, id });
    const isLeft =
      open.length > 0 || (await outboxRows(this.#waybill)).length > 0 || (await this.#isOneOpen());
    this.#looks = isLeft ? 0 : this.#looks + 1;
    return this.#looks >= enoughLooks;
  }

  async #isOneOpen(): Promise<boolean> {
    const found = await this.#waybill.engine.context.store.get([...this.#seen.values()]);
    return found.some((stored) => stored !== undefined && !isOver(phaseOf(stored.fields)));
  }
}

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
