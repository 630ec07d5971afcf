import { Fifo } from './fifo.ts';

/** What waits, in the order of places. What was taken can be put back where it was. */
export class Backlog<T extends { readonly place: number }> {
  readonly #fresh = new Fifo<T>();
  /** What was put back, youngest first: the next one is at the end. */
  readonly #returned: T[] = [];

  get size(): number {
    return this.#fresh.size + this.#returned.length;
  }

  /** Its place is behind all that were ever pushed. */
  push(item: T): void {
    this.#fresh.push(item);
  }

  putBack(item: T): void {
    let [low, high] = [0, this.#returned.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#returned[middle]?.place ?? 0) > item.place) low = middle + 1;
      else high = middle;
    }
    this.#returned.splice(low, 0, item);
  }

  /** What was put back is older than what was never taken. */
  take(): T | undefined {
    return this.#returned.pop() ?? this.#fresh.shift();
  }

  clear(): void {
    this.#fresh.clear();
    this.#returned.length = 0;
  }
}
