/** As good as a measurement need be, in milliseconds. */
const quickMs = 20;
const freshMs = 60_000;

/**
 * The server's clock as it is known here without asking. Never ahead of it: a request must not find its deadline later
 * there than here.
 */
export class ServerClock {
  /** The server's clock minus the local monotonic one, at the least. */
  #offset = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #uncertainMs = Number.POSITIVE_INFINITY;

  /** Milliseconds since 1970. */
  get now(): number {
    return this.at(performance.now());
  }

  /** What it will show at an instant of the local clock. */
  at(local: number): number {
    return local + this.#offset;
  }

  /** Measured a while ago, or badly: clocks drift, and are set. */
  get isDoubtful(): boolean {
    return this.#isStale || this.#uncertainMs > quickMs;
  }

  /** The server said `serverMs` between these two local instants. */
  learn(serverMs: number, before: number, after: number): void {
    const uncertainMs = after - before;
    if (uncertainMs > quickMs && uncertainMs > this.#uncertainMs && !this.#isStale) return;
    this.#offset = serverMs - after;
    this.#uncertainMs = uncertainMs;
    this.#measuredAt = after;
  }

  /** What was learnt is wrong. */
  forget(): void {
    this.#measuredAt = Number.NEGATIVE_INFINITY;
  }

  get #isStale(): boolean {
    return performance.now() - this.#measuredAt > freshMs;
  }
}
