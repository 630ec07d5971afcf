import { setTimeout as sleep } from 'node:timers/promises';

/**
 * For calls that nobody waits for: at most about one in so many milliseconds, and the first one after a while at once. What
 * comes meanwhile goes with the next one.
 */
export class Pace {
  readonly #betweenMs: number;
  #last = Number.NEGATIVE_INFINITY;

  constructor(betweenMs: number) {
    this.#betweenMs = betweenMs;
  }

  async next(): Promise<void> {
    const left = this.#last + this.#betweenMs - performance.now();
    if (left > 0) await sleep(left);
    this.#last = performance.now();
  }
}
