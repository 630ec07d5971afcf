import { type JsonObject, permanent, sleep, type UnitOfWork } from '@waybill/core';
import type { SimProcess } from '../sim-process.ts';
import { epochMs } from '../world.ts';
import {
  accounts,
  limits,
  lists,
  marks,
  news,
  pairLimit,
  roomSize,
  seats,
  startBalance,
  type Tagged,
  twins,
} from './collections.ts';
import type { Effects } from './effects.ts';
import { type Plan, type Step, inputOf } from './plan.ts';
import { taskTypes } from './task-types.ts';

/** What a task saw, as its result tells: for the search for cycles. */
export interface Seen {
  /** Collection, id, and who had written what was there. */
  readonly reads: (readonly [string, string, string | null])[];
  /** Room, and the tags of those who sat there. */
  readonly rooms: (readonly [string, readonly string[]])[];
  effects: number;
}

/** One run of one task of the workload. */
export class Performance {
  readonly #process: SimProcess;
  readonly #effects: Effects;
  readonly #work: UnitOfWork;
  readonly #seen: Seen = { reads: [], rooms: [], effects: 0 };

  constructor(process: SimProcess, effects: Effects, work: UnitOfWork) {
    this.#process = process;
    this.#effects = effects;
    this.#work = work;
  }

  async perform(plan: Plan): Promise<JsonObject> {
    for (const step of plan.steps) await this.#do(step);
    const mark = await this.#work.documents(marks).get(this.#tag);
    this.#work.documents(marks).put(this.#tag, { tag: this.#tag, count: (mark?.count ?? 0) + 1 });
    return this.#seen as unknown as JsonObject; // arrays and texts only
  }

  get #tag(): string {
    return this.#work.task.id;
  }

  #do(step: Step): Promise<void> | void {
    switch (step.do) {
      case 'transfer':
        return this.#transfer(step);
      case 'twin':
        return this.#twin(step);
      case 'append':
        return this.#append(step);
      case 'raise':
        return this.#raise(step);
      case 'sit':
        return this.#sit(step);
      case 'effects':
        return this.#act(step);
      case 'spawn':
        return this.#spawn(step);
      case 'publish':
        for (let n = 0; n < step.count; n++) this.#work.publish(news, { from: this.#tag, n });
        return;
      case 'toil':
        return this.#toil(step);
      case 'fail':
        if (this.#work.task.attempt > step.until) return;
        throw step.permanent ? permanent('planned, for good') : new Error('planned');
    }
  }

  async #transfer({ from, to, amount }: Extract<Step, { do: 'transfer' }>): Promise<void> {
    if (from === to) return;
    const [payer, payee] = [await this.#balance(from), await this.#balance(to)];
    const documents = this.#work.documents(accounts);
    documents.put(from, { tag: this.#tag, balance: payer - amount });
    documents.put(to, { tag: this.#tag, balance: payee + amount });
  }

  async #balance(id: string): Promise<number> {
    const account = await this.#work.documents(accounts).get(id);
    this.#saw('accounts', id, account);
    return account?.balance ?? startBalance;
  }

  #twin({ name, remove }: Extract<Step, { do: 'twin' }>): void {
    const documents = this.#work.documents(twins);
    for (const side of ['left', 'right']) {
      if (remove) documents.delete(`${name}-${side}`);
      else documents.put(`${name}-${side}`, { tag: this.#tag });
    }
  }

  async #append({ list, alsoRead }: Extract<Step, { do: 'append' }>): Promise<void> {
    const documents = this.#work.documents(lists);
    this.#saw('lists', alsoRead, await documents.get(alsoRead));
    const found = await documents.get(list);
    this.#saw('lists', list, found);
    documents.put(list, { tag: this.#tag, items: [...(found?.items ?? []), this.#tag] });
  }

  async #raise({ pair, side, by }: Extract<Step, { do: 'raise' }>): Promise<void> {
    const documents = this.#work.documents(limits);
    const [left, right] = [await documents.get(`${pair}-0`), await documents.get(`${pair}-1`)];
    this.#saw('limits', `${pair}-0`, left);
    this.#saw('limits', `${pair}-1`, right);
    const used = [left?.used ?? 0, right?.used ?? 0] as const;
    if (used[0] + used[1] + by <= pairLimit)
      documents.put(`${pair}-${side}`, { tag: this.#tag, used: used[side] + by });
  }

  async #sit({ room }: Extract<Step, { do: 'sit' }>): Promise<void> {
    const documents = this.#work.documents(seats);
    const taken = await documents.find({ index: 'room', equals: [room], limit: 10 });
    this.#seen.rooms.push([room, taken.map(({ value }) => value.tag).filter((tag) => tag !== this.#tag)]);
    if (taken.length >= roomSize || taken.some(({ value }) => value.tag === this.#tag)) return;
    documents.put(`${room}-${this.#tag}`, { tag: this.#tag, room, at: this.#process.world.now });
  }

  async #act({ count, asks, how }: Extract<Step, { do: 'effects' }>): Promise<void> {
    const acting: Promise<unknown>[] = [];
    for (let n = 0; n < count; n++) {
      const effect = asks
        ? this.#effects.asked
        : n % 2 === 0
          ? this.#effects.repeated
          : this.#effects.checked;
      const act = this.#work.effect(effect, { n });
      this.#seen.effects++;
      if (how === 'in turn') await act;
      else acting.push(how === 'together' ? act : act.catch(() => undefined)); // what a careless handler does
    }
    if (how !== 'loose') await Promise.all(acting);
  }

  async #toil({ ms, heeds, tells }: Extract<Step, { do: 'toil' }>): Promise<void> {
    const { epoch } = this.#work.task;
    const signal = heeds ? this.#work.signal : undefined;
    for (const fraction of [0, 0.5]) {
      if (tells) this.#work.progress(fraction, String(epoch));
      if (tells) this.#work.log.info('going on', { epoch });
      await sleep(this.#process.runtime, ms / 2, signal);
    }
  }

  #spawn({ plan, delayMs, key }: Extract<Step, { do: 'spawn' }>): void {
    this.#work.submit(taskTypes[plan.topic], inputOf(plan), {
      ...(delayMs === 0 ? {} : { dueAt: epochMs + this.#process.world.now + delayMs }),
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });
  }

  #saw(collection: string, id: string, document: Tagged | undefined): void {
    // What it has staged itself is no read.
    if (document?.tag === this.#tag) return;
    if (this.#seen.reads.some(([c, i]) => c === collection && i === id)) return;
    this.#seen.reads.push([collection, id, document?.touched ?? document?.tag ?? null]);
  }
}
