import type { SubjectPattern } from '@waybill/core';
import type { Posted } from './posted.ts';

/** The last messages published, for subscribers that begin before now. */
export class MessageLog {
  readonly #max: number;
  readonly #ring: Posted[] = [];
  /** Where the oldest is once the ring is full, and the next one goes. */
  #oldest = 0;

  constructor(max: number) {
    this.#max = max;
  }

  append(posted: Posted): void {
    if (this.#ring.length < this.#max) {
      this.#ring.push(posted);
      return;
    }
    this.#ring[this.#oldest] = posted;
    this.#oldest = (this.#oldest + 1) % this.#max;
  }

  /** Those behind this place that match, oldest first. */
  after(place: number, pattern: SubjectPattern): readonly Posted[] {
    return [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)].filter(
      (posted) => posted.place > place && pattern.matches(posted.message.subject),
    );
  }
}
