import type { TaskHandle, Waybill } from '@waybill/core';
import { Diary, type Intent } from './diary.ts';
import { workType } from './workload/work-type.ts';

/** A client that keeps a diary. Every task has an idempotency key, so that it can be submitted again after a doubt. */
export class Client {
  readonly #waybill: Waybill;
  readonly #diary: Diary;

  constructor(waybill: Waybill, run: string, process: string) {
    this.#waybill = waybill;
    this.#diary = new Diary(run, process);
  }

  async submit(intent: Intent): Promise<TaskHandle> {
    this.#diary.write({ kind: 'intends', intent });
    return this.resubmit(intent);
  }

  /** Of what some client has intended before. */
  async resubmit({ key, plan, delayMs }: Intent): Promise<TaskHandle> {
    const task = await this.#waybill.submit(workType, plan, {
      idempotencyKey: key,
      ...(delayMs === undefined ? {} : { dueAt: Date.now() + delayMs }),
    });
    this.#diary.write({ kind: 'submitted', key, id: task.id, outcome: task.outcome });
    return task;
  }

  async cancel(id: string): Promise<void> {
    const { answer } = await this.#waybill.cancel(id);
    this.#diary.write({ kind: 'cancelled', id, answer });
  }
}
