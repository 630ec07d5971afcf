import { Fifo } from './fifo.ts';

/** What waits, in the order of places. What was taken can be put back where it was. */
export class Backlog<T extends { readonly place: number }> {
  readonly #fresh = new Fifo<T>();
  /** What was put back, youngest first: the next one is at the end. */
  readonly #returned: T[] = [];

  get size(): number {
    return this.#fresh.size + this.#returned.length;
  }

  /** What `take` would give. */
  get first(): T | undefined {
    const [returned, fresh] = [this.#returned.at(-1), this.#fresh.first];
    if (returned === undefined || fresh === undefined) return returned ?? fresh;
    return returned.place < fresh.place ? returned : fresh;
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

  take(): T | undefined {
    const { first } = this;
    if (first !== undefined && first === this.#returned.at(-1)) return this.#returned.pop();
    return this.#fresh.shift();
  }

  clear(): void {
    this.#fresh.clear();
    this.#returned.length = 0;
  }
}
