import {
  type Message,
  notACursor,
  type SubjectPattern,
  type Subscription,
  systemRuntime,
} from '@waybill/core';
import { Group } from './group.ts';
import { Listener } from './listener.ts';
import type { Loan } from './loan.ts';
import type { Member } from './member.ts';
import { MessageLog } from './message-log.ts';
import { Routes } from './routes.ts';

export interface MemoryChannelBackendOptions {
  /** How many messages are kept for subscribers that begin before now. Default 10,000. */
  readonly maxMessages?: number;
  /** Tells the cursors of this backend from those of another. Default: a new one. */
  readonly life?: string;
}

/**
 * What a namespace holds: shared by the channels that are its clients. What a subscriber or a group has not taken
 * is kept without limit; `maxMessages` limits only what is there to be replayed.
 */
export class MemoryChannelBackend {
  readonly #log: MessageLog;
  readonly #life: string;
  readonly #routes = new Routes();
  readonly #groups = new Map<string, Group>();
  #lastPlace = 0;

  constructor({
    maxMessages = 10_000,
    life = systemRuntime().id().slice(-12),
  }: MemoryChannelBackendOptions = {}) {
    this.#log = new MessageLog(maxMessages);
    this.#life = life;
  }

  /** The messages are ours alone from now on. */
  publish(messages: readonly Message[]): void {
    for (const message of messages) {
      const posted = { place: ++this.#lastPlace, message };
      if (!message.hint) this.#log.append(posted);
      this.#routes.offer(posted);
    }
  }

  /** Replaying and listening begin in one synchronous section: nothing is missed or doubled between them. */
  listen(pattern: SubjectPattern, from: Subscription['from'] = 'now'): Listener {
    const place = this.#placeOf(from);
    const listener = new Listener((ended) => this.#routes.remove(pattern, ended));
    for (const posted of this.#log.after(place, pattern)) listener.offer(posted);
    this.#routes.add(pattern, listener);
    return listener;
  }

  join(pattern: SubjectPattern, name: string, loans: Set<Loan>): Member {
    const id = `${pattern.text} ${name}`; // patterns have no spaces
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = new Group();
      this.#groups.set(id, group);
      this.#routes.add(pattern, group);
    }
    return group.join(loans);
  }

  cursor(place: number): string {
    return `${this.#life}.${place}`;
  }

  /** A cursor of a former life points to messages that are gone: all that are here came after it. */
  #placeOf(from: NonNullable<Subscription['from']>): number {
    if (from === 'now') return this.#lastPlace;
    if (from === 'start') return 0;
    const [life, place, ...rest] = from.after.split('.');
    if (place === undefined || rest.length > 0 || !/^\d{1,15}$/.test(place)) throw notACursor();
    return life === this.#life ? Number(place) : 0;
  }
}
