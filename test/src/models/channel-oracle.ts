import assert from 'node:assert/strict';
import type { Arrived, ChannelCapabilities, Message } from '@waybill/core';
import { type Audience, type Posted, Reader } from './channel-audience.ts';
import { GroupOracle } from './channel-group-oracle.ts';

/** What a MessageChannel promises, as plainly as it can be said: a list of messages, and who has yet to get which. */
export class ChannelOracle {
  readonly #capabilities: ChannelCapabilities;
  readonly #readers = new Set<Reader>();
  readonly #groups = new Map<string, GroupOracle>();
  #published: readonly Posted[] = [];
  #cursors: readonly Bookmark[] = [];

  constructor(capabilities: ChannelCapabilities) {
    this.#capabilities = capabilities;
  }

  publish(messages: readonly Message[]): void {
    for (const message of messages) {
      const posted = { message, place: this.#published.length };
      this.#published = [...this.#published, posted];
      for (const audience of this.#audiences()) audience.offer(posted);
    }
  }

  /** `after`: the place in the list after which the reader begins. Default: the end. */
  listen(pattern: string, after = this.#published.length): Reader {
    const reader = new Reader(matcher(pattern), this.#published.slice(after));
    this.#readers.add(reader);
    return reader;
  }

  leave(reader: Reader): void {
    this.#readers.delete(reader);
  }

  group(name: string, pattern: string): GroupOracle {
    const group = this.#groups.get(name) ?? new GroupOracle(matcher(pattern));
    this.#groups.set(name, group);
    return group;
  }

  /** All that were ever joined, by name. */
  get groups(): ReadonlyMap<string, GroupOracle> {
    return this.#groups;
  }

  get replays(): boolean {
    return this.#capabilities.replay;
  }

  get redelivers(): boolean {
    return this.#capabilities.redelivery;
  }

  /** Cursors that have been seen, the latest first. */
  get cursors(): readonly Bookmark[] {
    return this.#cursors;
  }

  /** Throws unless the message is as it was published, with a cursor where it must have one. */
  recognise({ cursor, ...message }: Arrived): void {
    const posted = this.#published.find(({ message: { id } }) => id === message.id);
    assert.ok(posted, `${message.id} was never published`);
    assert.deepEqual({ ...message, hint: message.hint ?? false }, { hint: false, ...posted.message });
    const hasCursor = this.#capabilities.replay && message.hint !== true;
    assert.equal(cursor !== undefined, hasCursor, `whether ${message.id} has a cursor`);
    if (cursor !== undefined)
      this.#cursors = [{ cursor, subject: message.subject, place: posted.place }, ...this.#cursors];
  }

  /** A message that must still arrive somewhere, or nothing. */
  get missing(): Message | undefined {
    for (const { missing } of this.#audiences()) if (missing !== undefined) return missing;
    return undefined;
  }

  *#audiences(): Generator<Audience> {
    yield* this.#readers;
    yield* this.#groups.values();
  }
}

/** Where a reader of one subject can go on. */
export interface Bookmark {
  readonly cursor: string;
  readonly subject: string;
  readonly place: number;
}

/** By the rule itself: a word `*` is one word, a last word `>` one or more. */
const matcher = (pattern: string): ((subject: string) => boolean) => {
  const words = pattern.split('.').map((word) => (word === '*' ? '[^.]+' : word === '>' ? '.+' : word));
  const rule = new RegExp(`^${words.join('\\.')}$`);
  return (subject) => rule.test(subject);
};
