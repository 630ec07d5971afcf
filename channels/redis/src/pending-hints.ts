import type { Arrived } from '@waybill/core';

/** Hints beyond are dropped, the oldest first. */
const mostHints = 256;
/** Of so many subjects and keys it is known how far their messages have come. */
const mostLanes = 256;

/** Hints on their way to one reader: each has its place among the messages, and is dropped where it comes too late. */
export class PendingHints {
  readonly #waiting: { readonly message: Arrived; readonly after: number }[] = [];
  /** The seq of the last message, by subject and key; those heard of last come last. */
  readonly #passed = new Map<string, number>();
  /** The highest of those that are no longer in the map. */
  #forgotten = 0;

  add(message: Arrived, after: number): void {
    if (this.#waiting.push({ message, after }) > mostHints) this.#waiting.shift();
  }

  /** A message goes to the reader: hints from before it, with its subject and key, come too late from now on. */
  pass(message: Arrived): void {
    const lane = laneOf(message);
    this.#passed.delete(lane);
    this.#passed.set(lane, Number(message.cursor));
    if (this.#passed.size <= mostLanes) return;
    const [oldest] = this.#passed;
    if (oldest === undefined) return;
    this.#passed.delete(oldest[0]);
    this.#forgotten = Math.max(this.#forgotten, oldest[1]);
  }

  isDueBefore(seq: number): boolean {
    const [first] = this.#waiting;
    return first !== undefined && first.after < seq;
  }

  /** The next one whose place is before the message with this seq. */
  takeBefore(seq: number): Arrived | undefined {
    while (this.isDueBefore(seq)) {
      const hint = this.#waiting.shift();
      if (hint !== undefined && !this.#isLate(hint.message, hint.after)) return hint.message;
    }
    return undefined;
  }

  #isLate(message: Arrived, after: number): boolean {
    return after < (this.#passed.get(laneOf(message)) ?? this.#forgotten);
  }
}

const laneOf = ({ subject, key }: Arrived): string => (key === undefined ? subject : `${subject}\0${key}`);
