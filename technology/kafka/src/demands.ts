/** For so long after a demand there is likely to be another one. */
const lingerMs = 25;
/** For so long a surplus that was heard of counts. */
const surplusMs = 500;

/** What this process wants of each topic, and where it has heard that others have more than they want. */
export class Demands {
  readonly #open = new Map<string, number>();
  readonly #lastAt = new Map<string, number>();
  readonly #surplusAt = new Map<string, number>();

  /** Something of this topic is wanted, until the answer is called. */
  begin(topic: string): () => void {
    this.#open.set(topic, (this.#open.get(topic) ?? 0) + 1);
    return () => {
      this.#open.set(topic, (this.#open.get(topic) ?? 1) - 1);
      this.touch(topic);
    };
  }

  /** Something of it was wanted just now. */
  touch(topic: string): void {
    this.#lastAt.set(topic, performance.now());
  }

  /** Whether somebody waits for something of it. */
  isOpen(topic: string): boolean {
    return (this.#open.get(topic) ?? 0) > 0;
  }

  /** Whether somebody waits for something of it, or has done so a moment ago. */
  wants(topic: string): boolean {
    return this.isOpen(topic) || performance.now() - (this.#lastAt.get(topic) ?? never) < lingerMs;
  }

  heardOfSurplus(topic: string): void {
    this.#surplusAt.set(topic, performance.now());
  }

  /** Whether others have lately had more of it than they want. Answered once for each time that it was heard. */
  takeSurplus(topic: string): boolean {
    const isThere = performance.now() - (this.#surplusAt.get(topic) ?? never) < surplusMs;
    if (isThere) this.#surplusAt.delete(topic);
    return isThere;
  }
}

const never = Number.NEGATIVE_INFINITY;
