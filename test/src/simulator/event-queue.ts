/** Something that will happen in the simulated world. */
export interface Happening {
  readonly at: number;
  /** Of two at the same instant the one that was scheduled first comes first. */
  readonly order: number;
  /** `undefined` once it was called off. */
  fire: (() => void) | undefined;
}

/** What is to happen, earliest first: a binary heap. */
export class EventQueue {
  readonly #heap: Happening[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(happening: Happening): void {
    const heap = this.#heap;
    let i = heap.push(happening) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, happening)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = happening;
  }

  pop(): Happening | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(happening: Happening): void {
    const heap = this.#heap;
    let i = 0;
    for (;;) {
      const [left, right] = [heap[2 * i + 1], heap[2 * i + 2]];
      if (left === undefined) break;
      const leftFirst = right === undefined || isBefore(left, right);
      const child = leftFirst ? left : right;
      if (isBefore(happening, child)) break;
      heap[i] = child;
      i = leftFirst ? 2 * i + 1 : 2 * i + 2;
    }
    heap[i] = happening;
  }
}

const isBefore = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
