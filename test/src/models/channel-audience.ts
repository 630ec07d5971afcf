import assert from 'node:assert/strict';
import type { Arrived, Message } from '@waybill/core';

/** A message and its place among all that were ever published. */
export interface Posted {
  readonly message: Message;
  readonly place: number;
}

/** What keeps its order: the messages of one subject and key, or of one subject and none. */
export const laneOf = ({ subject, key }: Message): string => JSON.stringify([subject, key]);

/** Who is to get what is published from now on. */
export interface Audience {
  offer(posted: Posted): void;
  /** A message that must still arrive, or nothing. */
  readonly missing: Message | undefined;
}

/** One subscriber without a group: it gets every message, each once, hints if it is lucky. */
export class Reader implements Audience {
  readonly #matches: (subject: string) => boolean;
  #due: readonly Posted[];

  constructor(matches: (subject: string) => boolean, before: readonly Posted[]) {
    this.#matches = matches;
    this.#due = before.filter(({ message }) => matches(message.subject) && message.hint !== true);
  }

  offer(posted: Posted): void {
    if (this.#matches(posted.message.subject)) this.#due = [...this.#due, posted];
  }

  get missing(): Message | undefined {
    return this.#due.find(({ message }) => message.hint !== true)?.message;
  }

  /** Throws unless it is this message's turn. */
  arrive(arrived: Arrived): void {
    const posted = this.#due.find(({ message }) => message.id === arrived.id);
    assert.ok(posted, `${arrived.id} came, and was not due`);
    const lane = laneOf(posted.message);
    const before = this.#due.filter(({ message, place }) => place < posted.place && laneOf(message) === lane);
    const skipped = before.find(({ message }) => message.hint !== true);
    assert.equal(skipped?.message.id, undefined, `${arrived.id} came before an earlier one`);
    // A hint that has not come by now is lost.
    this.#due = this.#due.filter((each) => each !== posted && !before.includes(each));
  }
}
