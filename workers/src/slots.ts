import { type Demand, type QueueName, queueNames } from '@waybill/core';

/** How many tasks of each queue may run at once in this process, and how many more can be taken now. */
export class Slots {
  readonly #free: Record<QueueName, number>;
  readonly total: number;
  #waiting: (() => void) | undefined;

  constructor(slots: Record<QueueName, number>) {
    this.#free = { ...slots };
    this.total = queueNames.reduce((sum, queue) => sum + slots[queue], 0);
  }

  wanted(): Demand['wanted'] {
    return queueNames.flatMap((queue) => (this.#free[queue] > 0 ? [{ queue, max: this.#free[queue] }] : []));
  }

  take(queue: QueueName): void {
    this.#free[queue]--;
  }

  release(queue: QueueName): void {
    this.#free[queue]++;
    this.#waiting?.();
  }

  /** Resolves when a slot has become free, or the signal aborts. */
  freed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#waiting = undefined;
        signal.removeEventListener('abort', end);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.#waiting = end;
      signal.addEventListener('abort', end, { once: true });
    });
  }
}
