import type { MongoConnection } from '../mongo-connection.ts';
import { ownCollection } from '../own-collection.ts';
import { isDuplicateKey } from '../translate-error.ts';

interface Counter {
  readonly _id: 'versions';
  readonly next: number;
}

/** So many at once, of 2 ** 53: each process that starts takes a portion, and leaves the rest of its last one. */
const portion = 2 ** 20;

/** Numbers that nobody else gets, and nobody ever gets again: versions of documents. */
export class Versions {
  readonly #mongo: MongoConnection;
  #next = 0;
  #end = 0;
  #taking: Promise<void> | undefined;

  constructor(mongo: MongoConnection) {
    this.#mongo = mongo;
  }

  /** That many, which belong to the caller. */
  async take(count: number, deadline: number): Promise<readonly number[]> {
    while (this.#end - this.#next < count) {
      this.#taking ??= this.#takePortion(deadline).finally(() => (this.#taking = undefined));
      await this.#taking;
    }
    const first = this.#next;
    this.#next += count;
    return Array.from({ length: count }, (_, i) => first + i);
  }

  /** A portion that was taken without our hearing of it is left. */
  async #takePortion(deadline: number): Promise<void> {
    const end = await this.#mongo.run({ changes: false, deadline }, () => this.#increment());
    this.#end = end;
    this.#next = end - portion + 1; // from 1 on
  }

  async #increment(): Promise<number> {
    const counters = ownCollection<Counter>(this.#mongo.db);
    for (;;) {
      try {
        const counter = await counters.findOneAndUpdate(
          { _id: 'versions' },
          { $inc: { next: portion } },
          { upsert: true, returnDocument: 'after' },
        );
        if (counter !== null) return counter.next;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error; // two that make it at once
      }
    }
  }
}
