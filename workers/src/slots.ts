import { type Demand, type QueueName, queueNames } from '@waybill/core';

/** How many tasks of each queue may run at once in this process, and how many more can be taken now. */
export class Slots {
  readonly #free: Record<QueueName, number>;
  readonly total: number;
  readonly #onFreed: () => void;

  /** `onFreed` is called when a queue that had no slot left has one again. */
  constructor(slots: Record<QueueName, number>, onFreed: () => void) {
    this.#free = { ...slots };
    this.total = queueNames.reduce((sum, queue) => sum + slots[queue], 0);
    this.#onFreed = onFreed;
  }

  wanted(): Demand['wanted'] {
    return queueNames.flatMap((queue) => (this.#free[queue] > 0 ? [{ queue, max: this.#free[queue] }] : []));
  }

  take(queue: QueueName): void {
    this.#free[queue]--;
  }

  release(queue: QueueName): void {
    if (++this.#free[queue] === 1) this.#onFreed();
  }
}
