import { setTimeout as sleep } from 'node:timers/promises';

const betweenMs = 1;

/**
 * For calls that nobody waits for: at most about one in a millisecond, and the first one after a while at once. What comes
 * meanwhile goes with the next one.
 */
export class Pace {
  #last = Number.NEGATIVE_INFINITY;

  async next(): Promise<void> {
    const left = this.#last + betweenMs - performance.now();
    if (left > 0) await sleep(left);
    this.#last = performance.now();
  }
}
