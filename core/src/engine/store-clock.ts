import type { Runtime } from '../runtime.ts';
import type { DocumentStore } from '../store.ts';

/** A measurement that took longer is repeated: half of what it took is how wrong it may be. */
const quickMs = 100;
const maxTries = 3;
/** After that the clocks may have drifted apart, or one of them was set, or this machine has slept. */
const staleMs = 90_000;

/**
 * The store's clock without a round trip per look: its offset to the local monotonic clock, measured now and
 * then, by whoever repeats it and, where nobody does, while somebody looks at it. A wrong offset costs time, never
 * safety: every decision is a compare-and-set.
 */
export class StoreClock {
  readonly #store: Pick<DocumentStore, 'now'>;
  readonly #runtime: Runtime;
  #offset: number;
  #measuredAt = Number.POSITIVE_INFINITY;

  constructor(store: Pick<DocumentStore, 'now'>, runtime: Runtime) {
    this.#store = store;
    this.#runtime = runtime;
    this.#offset = runtime.now() - runtime.monotonic();
  }

  /** Milliseconds since 1970, by the store. */
  now(): number {
    const monotonic = this.#runtime.monotonic();
    if (monotonic - this.#measuredAt > staleMs) {
      this.#measuredAt = monotonic;
      this.measure().catch(() => undefined); // the old offset does meanwhile; then the next one tries
    }
    return Math.round(monotonic + this.#offset);
  }

  /** Believes the quickest of a few tries. Throws what `DocumentStore.now` throws. */
  async measure(): Promise<void> {
    let best = Number.POSITIVE_INFINITY;
    for (let tries = 0; tries < maxTries && best > quickMs; tries++) {
      const before = this.#runtime.monotonic();
      const now = await this.#store.now();
      const after = this.#runtime.monotonic();
      if (after - before >= best) continue;
      best = after - before;
      this.#measuredAt = after;
      this.#offset = now - (before + after) / 2;
    }
  }
}
