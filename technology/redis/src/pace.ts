import { pause } from '@waybill/core';

/**
 * For calls that nobody waits for: at most about one in so many milliseconds, and the first one after a while at once. What
 * comes meanwhile goes with the next one.
 */
export class Pace {
  #last = Number.NEGATIVE_INFINITY;

  /** Resolves so many milliseconds after it did the last time, or when the signal aborts. */
  async next(betweenMs: number, signal?: AbortSignal): Promise<void> {
    const left = this.#last + betweenMs - performance.now();
    if (left > 0) await pause(left, signal);
    this.#last = performance.now();
  }
}
