/** Calls that have not settled yet. */
export class InFlight {
  readonly #calls = new Set<Promise<unknown>>();

  async of<T>(call: Promise<T>): Promise<T> {
    this.#calls.add(call);
    try {
      return await call;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Resolves when those have settled that are under way now. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#calls);
  }

  /** Resolves when none is left. */
  async idle(): Promise<void> {
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
  }
}
