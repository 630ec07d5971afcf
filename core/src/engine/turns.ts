import { type Runtime, sleep } from '../runtime.ts';

const everyMs = 10;

/**
 * For calls that a loop makes one after the other: with adapters in this process nothing else would let the event loop go
 * round between them, and timers, signals and requests of others wait for that.
 */
export class Turns {
  readonly #runtime: Runtime;
  #last = Number.NEGATIVE_INFINITY;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Now and then, until the event loop has gone round; `undefined`, which costs nothing to wait for, otherwise. */
  next(): Promise<void> | undefined {
    const now = this.#runtime.monotonic();
    if (now - this.#last < everyMs) return undefined;
    this.#last = now;
    return sleep(this.#runtime, 0);
  }
}
