import { type Runtime, sleep } from '../runtime.ts';

const longestMs = 10;

/**
 * For calls that a loop makes one after the other: with adapters in this process nothing else would let the event loop go
 * round between them, and timers, signals and requests of others wait for that.
 */
export class Turns {
  readonly #runtime: Runtime;
  /** When the event loop was last seen to go round. */
  #seenAt = Number.NEGATIVE_INFINITY;
  /** Until it goes round again, since it is being watched. */
  #round: Promise<void> | undefined;
  #since = 0;
  #isAwaited = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Where it has not gone round for a while, until it has; `undefined`, which costs nothing to wait for, otherwise. */
  next(): Promise<void> | undefined {
    const now = this.#runtime.monotonic();
    if (this.#round === undefined) {
      if (now - this.#seenAt >= longestMs) this.#watch(now);
      return undefined;
    }
    if (now - this.#since < longestMs) return undefined;
    this.#isAwaited = true;
    return this.#round;
  }

  #watch(now: number): void {
    this.#since = now;
    this.#round = sleep(this.#runtime, 0).then(() => {
      this.#round = undefined;
      this.#seenAt = this.#runtime.monotonic();
      // Whoever waited goes on in this turn, perhaps as long as before.
      if (this.#isAwaited) this.#watch(this.#seenAt);
      this.#isAwaited = false;
    });
  }
}
