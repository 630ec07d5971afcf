import assert from 'node:assert/strict';
import type { Arrived, Message } from '@waybill/core';
import { type Audience, laneOf, type Posted } from './channel-audience.ts';

/** A message in a group: it waits, or a member has it. */
export interface Held extends Posted {
  /** It was delivered before. */
  readonly isReturned: boolean;
  /** It may be gone: a hint, or what its holder had when it died, and the channel promises no redelivery. */
  readonly isDoubtful: boolean;
}

/** Subscribers that share messages, each message to one of them, until it is settled. */
export class GroupOracle implements Audience {
  readonly #matches: (subject: string) => boolean;
  #waiting: readonly Held[] = [];
  #lent: readonly Held[] = [];
  members = 0;

  constructor(matches: (subject: string) => boolean) {
    this.#matches = matches;
  }

  offer({ message, place }: Posted): void {
    if (!this.#matches(message.subject)) return;
    const isDoubtful = message.hint === true;
    this.#waiting = [...this.#waiting, { message, place, isReturned: false, isDoubtful }];
  }

  /** What waits behind a message that somebody has may have to wait. */
  get missing(): Message | undefined {
    if (this.members === 0) return undefined;
    return this.#waiting.find((held) => !held.isDoubtful && !this.#isHeldUp(held))?.message;
  }

  /** Lends it. Throws unless it may be delivered now. */
  arrive(arrived: Arrived): Held {
    const held = this.#waiting.find(({ message }) => message.id === arrived.id);
    assert.ok(held, `${arrived.id} came to a group in which it was not waiting`);
    const skipped = held.isReturned || held.isDoubtful ? undefined : this.#firstBefore(held);
    assert.equal(skipped?.message.id, undefined, `${arrived.id} came before an earlier one`);
    this.#waiting = this.#waiting.filter((each) => each !== held);
    this.#lent = [...this.#lent, held];
    return held;
  }

  /** It will not come again. */
  end(held: Held): void {
    this.#lent = this.#lent.filter((each) => each !== held);
  }

  /** To be delivered again; for certain, unless its holder has died and the channel promises nothing. */
  giveBack(held: Held, isCertain = true): void {
    this.end(held);
    const isDoubtful = held.isDoubtful || !isCertain;
    this.#waiting = [...this.#waiting, { ...held, isReturned: true, isDoubtful }];
  }

  #isHeldUp(held: Held): boolean {
    const lane = keyedLane(held);
    if (lane === undefined) return false;
    return this.#lent.some((each) => keyedLane(each) === lane) || this.#firstBefore(held) !== undefined;
  }

  /** Of the same lane, and never delivered: only first deliveries have an order. */
  #firstBefore(held: Held): Held | undefined {
    const lane = keyedLane(held);
    if (lane === undefined) return undefined;
    return this.#waiting.find(
      (each) => each.place < held.place && !each.isReturned && !each.isDoubtful && keyedLane(each) === lane,
    );
  }
}

/** In a group messages without a key are shared in any order. */
const keyedLane = ({ message }: Posted): string | undefined =>
  message.key === undefined ? undefined : laneOf(message);
