/**
 * Instants that are names at the same time: no two are equal, to a fraction of a millisecond. What shares an instant
 * can be found by it, also by somebody who never saw the answer to the request that made it.
 */
export class Instants {
  #last = Math.floor(Math.random() * fractions);

  /** The instant as Redis takes it for a score. */
  next(at: number): string {
    this.#last = (this.#last + 1) % fractions;
    return String(Math.floor(at) + this.#last / fractions);
  }
}

/** Of a millisecond. A double has eleven bits left for them until the year 2109. */
const fractions = 2 ** 11;
