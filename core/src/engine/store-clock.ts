import type { Runtime } from '../runtime.ts';
import type { DocumentStore } from '../store.ts';

/**
 * The store's clock without a round trip per look: its offset to the local monotonic clock, measured now and
 * then. A wrong offset costs time, never safety: every decision is a compare-and-set.
 */
export class StoreClock {
  readonly #store: Pick<DocumentStore, 'now'>;
  readonly #runtime: Runtime;
  #offset: number;

  constructor(store: Pick<DocumentStore, 'now'>, runtime: Runtime) {
    this.#store = store;
    this.#runtime = runtime;
    this.#offset = runtime.now() - runtime.monotonic();
  }

  /** Milliseconds since 1970, by the store. */
  now(): number {
    return Math.round(this.#runtime.monotonic() + this.#offset);
  }

  /** Throws what `DocumentStore.now` throws. */
  async measure(): Promise<void> {
    const before = this.#runtime.monotonic();
    const now = await this.#store.now();
    this.#offset = now - (before + this.#runtime.monotonic()) / 2;
  }
}
