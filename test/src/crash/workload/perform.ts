import { permanent, type UnitOfWork } from '@waybill/core';
import { setTimeout as pause } from 'node:timers/promises';
import { accounts, marks, news, twins } from './collections.ts';
import type { Effects } from './effects.ts';
import type { Plan, Step } from './plan.ts';
import { workType } from './work-type.ts';

/** One run of one task of the workload. */
export class Performance {
  readonly #work: UnitOfWork;
  readonly #effects: Effects;
  readonly #children: string[] = [];
  readonly #messages: string[] = [];

  constructor(work: UnitOfWork, effects: Effects) {
    this.#work = work;
    this.#effects = effects;
  }

  async perform({ steps }: Plan): Promise<{ readonly count: number }> {
    for (const step of steps) await this.#do(step);
    const documents = this.#work.documents(marks);
    const count = ((await documents.get(this.#id))?.count ?? 0) + 1;
    documents.put(this.#id, { by: this.#id, count, children: this.#children, messages: this.#messages });
    return { count };
  }

  get #id(): string {
    return this.#work.task.id;
  }

  #do(step: Step): Promise<unknown> | void {
    switch (step.do) {
      case 'transfer':
        return this.#transfer(step);
      case 'twin':
        return this.#twin(step);
      case 'spawn':
        return this.#spawn(step);
      case 'publish':
        for (let n = 0; n < step.count; n++)
          this.#messages.push(this.#work.publish(news, { task: this.#id, n }));
        return;
      case 'effect':
        return this.#work.effect(this.#effects[step.kind], { refusals: step.refusals ?? 0 });
      case 'wait':
        return this.#wait(step);
      case 'tell':
        this.#work.progress(0.5, `attempt ${this.#work.task.attempt}`);
        return this.#work.log.info('going on', { attempt: this.#work.task.attempt });
      case 'fail':
        if (this.#work.task.attempt > step.until) return;
        throw step.forGood === true ? permanent('planned, for good') : new Error('planned');
    }
  }

  async #transfer({ from, to, amount }: Extract<Step, { do: 'transfer' }>): Promise<void> {
    const documents = this.#work.documents(accounts);
    for (const [id, change] of [
      [from, -amount],
      [to, amount],
    ] as const) {
      const balance = (await documents.get(id))?.balance ?? 0;
      documents.put(id, { balance: balance + change, by: this.#id });
    }
  }

  #twin({ name, remove }: Extract<Step, { do: 'twin' }>): void {
    const documents = this.#work.documents(twins);
    for (const id of [`${name}-left`, `${name}-right`]) {
      if (remove === true) documents.delete(id);
      else documents.put(id, { by: this.#id });
    }
  }

  #spawn({ plan, delayMs, key }: Extract<Step, { do: 'spawn' }>): void {
    const id = this.#work.submit(workType, plan, {
      ...(delayMs === undefined ? {} : { dueAt: Date.now() + delayMs }),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
    this.#children.push(id);
  }

  async #wait({ ms, once }: Extract<Step, { do: 'wait' }>): Promise<void> {
    if (once === true && this.#work.task.epoch > 1) return;
    await pause(ms, undefined, { signal: this.#work.signal });
  }
}
