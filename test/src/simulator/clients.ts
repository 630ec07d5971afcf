import { isWaybillError, sleep, type TaskHandle, type Waybill } from '@waybill/core';
import type { Deployment } from './deployment.ts';
import type { Random } from './random.ts';
import type { SimProcess } from './sim-process.ts';
import { twins } from './workload/collections.ts';
import { drawPlan, inputOf, type Plan } from './workload/plan.ts';
import { taskTypes } from './workload/task-types.ts';

/** Who submits, cancels, looks and mends from the outside; in one process that does not die. */
export class Clients {
  readonly #deployment: Deployment;
  readonly #random: Random;
  readonly #process: SimProcess;
  readonly #hasAgent: boolean;
  readonly #submittedIds: string[] = [];
  #busy = 0;

  constructor(deployment: Deployment, { hasAgent }: { readonly hasAgent: boolean }) {
    this.#hasAgent = hasAgent;
    this.#deployment = deployment;
    this.#random = deployment.random.fork('clients');
    this.#process = deployment.spawn('client');
  }

  /** Everything they meant to do is done. */
  get areDone(): boolean {
    return this.#busy === 0;
  }

  /** `forMs`: how long they go on with new things. */
  start(tasks: number, forMs: number): void {
    this.#do(async () => {
      const waybill = await this.#deployment.open(this.#process);
      for (let n = 1; n <= tasks; n++)
        this.#do(() => this.#submit(waybill, `t${n}`, this.#random.next() * forMs));
      if (this.#random.chance(0.5)) this.#do(() => this.#cancel(waybill, forMs));
      if (this.#random.chance(0.5)) this.#do(() => this.#observe(waybill, forMs));
      if (this.#random.chance(0.3)) this.#do(() => this.#replay(waybill, forMs));
      this.#deployment.world.guard(this.#process.name, this.#mend(waybill));
    });
  }

  #do(task: () => Promise<void>): void {
    this.#busy++;
    const done = task().finally(() => this.#busy--);
    this.#deployment.world.guard(this.#process.name, done);
  }

  async #submit(waybill: Waybill, label: string, afterMs: number): Promise<void> {
    const plan = drawPlan(this.#random.fork(label), { label, hasAgent: this.#hasAgent });
    const random = this.#random.fork(`${label} submission`);
    await sleep(this.#process.runtime, afterMs);
    const key = random.chance(0.5) ? label : undefined;
    const delayMs = random.chance(0.2) ? random.scale(10, 2_000) : 0;
    const priority = random.whole(0, 10);
    for (;;) {
      try {
        const handle = await waybill.submit(taskTypes[plan.topic], inputOf(plan), {
          ...(key === undefined ? {} : { idempotencyKey: key }),
          ...(delayMs === 0 ? {} : { dueAt: this.#deployment.store.now() + delayMs }),
          priority,
        });
        return await this.#submitted(handle, plan, random);
      } catch (error) {
        if (!isWaybillError(error) || !error.retryable) throw error;
        const inDoubt = error.code === 'WB_IN_DOUBT';
        if (inDoubt)
          this.#deployment.world.record({ kind: 'submit-unknown', at: this.#deployment.world.now, label });
        if (inDoubt && key === undefined) return;
        await sleep(this.#process.runtime, 20);
      }
    }
  }

  async #submitted(handle: TaskHandle, { label }: Plan, random: Random): Promise<void> {
    const { world } = this.#deployment;
    const { id, outcome } = handle;
    this.#submittedIds.push(id);
    world.record({ kind: 'submitted', at: world.now, label, taskId: id, outcome });
    world.tell(this.#process.name, `submitted ${label} as ${id}: ${outcome}`);
    if (random.chance(0.2)) {
      const answer = await this.#untilAnswered(() => resultOf(handle));
      world.record({ kind: 'result', at: world.now, taskId: id, answer });
    }
    if (random.chance(0.2)) await this.#follow(handle);
  }

  /** Reads the events of a task to their end, going on after the last one where the line breaks. */
  async #follow(handle: TaskHandle): Promise<void> {
    const { world } = this.#deployment;
    const seqs: number[] = [];
    let last: string | undefined;
    await this.#untilAnswered(async () => {
      for await (const { seq, type } of handle.events({ after: seqs.at(-1) ?? 0 })) {
        seqs.push(seq);
        last = type;
      }
    });
    const fresh: number[] = [];
    await this.#untilAnswered(async () => {
      fresh.length = 0;
      for await (const { seq } of handle.events()) fresh.push(seq);
    });
    world.record({ kind: 'events', at: world.now, taskId: handle.id, seqs, last, fresh });
  }

  /** An operator who wants some of it again. */
  async #replay(waybill: Waybill, forMs: number): Promise<void> {
    for (let n = this.#random.whole(1, 3); n > 0; n--) {
      await sleep(this.#process.runtime, this.#random.next() * forMs);
      const taskId = this.#submittedIds[this.#random.whole(0, this.#submittedIds.length - 1)];
      if (taskId === undefined) continue;
      const answer = await this.#ifAnswered(() => waybill.retry(taskId));
      this.#deployment.world.tell(this.#process.name, `retry ${taskId}: ${answer?.answer ?? 'no answer'}`);
    }
  }

  async #cancel(waybill: Waybill, forMs: number): Promise<void> {
    const { world } = this.#deployment;
    for (let n = this.#random.whole(1, 3); n > 0; n--) {
      await sleep(this.#process.runtime, this.#random.next() * forMs);
      const taskId = this.#submittedIds[this.#random.whole(0, this.#submittedIds.length - 1)];
      if (taskId === undefined) continue;
      const answer = await this.#ifAnswered(() => waybill.cancel(taskId));
      if (answer === undefined) continue;
      world.record({ kind: 'cancel', at: world.now, taskId, answer });
      world.tell(this.#process.name, `cancel ${taskId}: ${answer.answer}`);
    }
  }

  async #observe(waybill: Waybill, forMs: number): Promise<void> {
    const { world } = this.#deployment;
    const documents = waybill.documents(twins);
    const begun = world.now;
    while (world.now - begun < forMs) {
      await sleep(this.#process.runtime, this.#random.scale(10, 500));
      const name = this.#random.pick(['x', 'y']);
      const tags: (string | undefined)[] = [];
      const isComplete = await this.#ifAnswered(async () => {
        for (const side of ['left', 'right', 'left'])
          tags.push((await documents.get(`${name}-${side}`))?.value.tag);
        return true;
      });
      if (isComplete === true) world.record({ kind: 'twins', at: world.now, name, tags });
    }
  }

  /** An operator who, once the faults are over, resumes what is stuck. */
  async #mend(waybill: Waybill): Promise<void> {
    while (!this.#deployment.isCalm) await sleep(this.#process.runtime, 200);
    for (;;) {
      const stuck = this.#deployment.store
        .all('waybill.tasks')
        .filter(({ fields }) => fields['phase'] === 'stuck');
      for (const { key } of stuck) await this.#untilAnswered(() => waybill.retry(key.id));
      await sleep(this.#process.runtime, 500);
    }
  }

  /** `undefined` if the store did not answer. */
  async #ifAnswered<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      if (isWaybillError(error) && error.retryable) return undefined;
      throw error;
    }
  }

  async #untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isWaybillError(error) || !error.retryable) throw error;
        await sleep(this.#process.runtime, 50);
      }
    }
  }
}

const resultOf = async (handle: TaskHandle): Promise<string> => {
  try {
    await handle.result();
    return 'completed';
  } catch (error) {
    if (isWaybillError(error) && error.code === 'WB_TASK_FAILED') return String(error.facts['status']);
    throw error;
  }
};
