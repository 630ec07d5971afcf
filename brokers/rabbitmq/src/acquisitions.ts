import { ConnectionError, type Demand, type QueueName, type WaybillError } from '@waybill/core';
import type { Intake } from './intake.ts';
import type { Held } from './stock.ts';

interface Waiting {
  readonly wanted: Demand['wanted'];
  /** Its time is over: it takes nothing for an answer as soon as that is certain. */
  isOverdue: boolean;
  answer(held: readonly Held[]): void;
  refuse(error: WaybillError): void;
}

/**
 * Who waits for tickets, in the order in which they came. What arrives goes to the first who wants it, and a queue gives
 * only when all that are more urgent have given all that they may or are known to be empty.
 */
export class Acquisitions {
  readonly #intakes: ReadonlyMap<QueueName, readonly Intake[]>;
  readonly #requestMs: number;
  readonly #waiting = new Set<Waiting>();
  #isServing = false;
  #trouble: WaybillError | undefined;

  constructor(intakes: ReadonlyMap<QueueName, readonly Intake[]>, requestMs: number) {
    this.#intakes = intakes;
    this.#requestMs = requestMs;
  }

  acquire({ wanted, waitMs, signal }: Demand): Promise<readonly Held[]> {
    if (wanted.length === 0 || signal?.aborted) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(overdue);
        clearTimeout(hopeless);
        signal?.removeEventListener('abort', abort);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        wanted,
        isOverdue: waitMs <= 0,
        answer: (held) => {
          leave();
          resolve(held);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = (): void => {
        waiting.answer([]);
        this.#tellDemand(wanted);
      };
      const endWait = (): void => {
        waiting.isOverdue = true;
        this.#serve();
      };
      const giveUp = (): void => {
        waiting.refuse(
          new ConnectionError('RabbitMQ did not say whether it has tickets', {
            cause: this.#trouble,
            facts: { silent: this.#silent(wanted).join(', ') },
          }),
        );
        this.#tellDemand(wanted);
      };
      let overdue: NodeJS.Timeout | undefined;
      let hopeless: NodeJS.Timeout | undefined;
      this.#waiting.add(waiting);
      this.#tellDemand(wanted);
      this.#serve();
      if (!this.#waiting.has(waiting)) return;
      if (waitMs > 0) overdue = setTimeout(endWait, Math.min(waitMs, longestTimer));
      hopeless = setTimeout(giveUp, Math.min(waitMs + this.#requestMs, longestTimer));
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Something arrived, or more is known. Serves at the end of the turn, as arrivals come in groups. */
  changed(): void {
    if (this.#isServing || this.#waiting.size === 0) return;
    this.#isServing = true;
    queueMicrotask(() => {
      this.#isServing = false;
      this.#serve();
    });
  }

  /** What will not get better by waiting ends all waits. */
  failed(error: WaybillError): void {
    this.#trouble = error;
    if (error.retryable) return;
    for (const waiting of [...this.#waiting]) waiting.refuse(error);
  }

  /** Ends all waits, with nothing. */
  close(): void {
    for (const waiting of [...this.#waiting]) waiting.answer([]);
  }

  #serve(): void {
    for (const waiting of this.#waiting) {
      const held = this.#take(waiting);
      if (held === undefined) continue;
      waiting.answer(held);
      this.#tellDemand(waiting.wanted);
    }
  }

  /** `undefined`: it has to wait on. */
  #take({ wanted, isOverdue }: Waiting): readonly Held[] | undefined {
    const taken: Held[] = [];
    for (const [place, { queue, max }] of wanted.entries()) {
      const intakes = this.#intakes.get(queue) ?? [];
      let left = max;
      for (const intake of intakes) {
        const held = left > 0 ? intake.take(left) : [];
        left -= held.length;
        taken.push(...held);
      }
      const isLast = place === wanted.length - 1;
      if (left === 0 || intakes.every(({ isDry }) => isDry)) continue;
      if (taken.length > 0) return taken; // it may have more, so nothing that is less urgent
      if (!isLast || isOverdue) this.#examine(wanted.slice(place), isOverdue);
      return undefined;
    }
    return taken.length > 0 || isOverdue ? taken : undefined;
  }

  /** All at once, though each is only of use when those before it are dry. */
  #examine(wanted: Demand['wanted'], isOverdue: boolean): void {
    for (const { queue } of isOverdue ? wanted : wanted.slice(0, -1))
      for (const intake of this.#intakes.get(queue) ?? []) if (!intake.isDry) intake.examine();
  }

  #silent(wanted: Demand['wanted']): readonly QueueName[] {
    return wanted
      .map(({ queue }) => queue)
      .filter((queue) => !(this.#intakes.get(queue) ?? []).every(({ isDry }) => isDry));
  }

  /** How much of these queues all who wait could take, each of their intakes its part. */
  #tellDemand(wanted: Demand['wanted']): void {
    for (const { queue } of wanted) {
      let demand = 0;
      for (const waiting of this.#waiting)
        for (const each of waiting.wanted) if (each.queue === queue) demand += each.max;
      const intakes = this.#intakes.get(queue) ?? [];
      for (const intake of intakes) intake.want(Math.ceil(demand / intakes.length));
    }
  }
}

const longestTimer = 2 ** 31 - 1;
