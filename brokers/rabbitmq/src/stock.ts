import type { Ticket } from '@waybill/core';
import type { Consumer, OnLoan } from '@waybill/rabbitmq';

/** A ticket that is here, lent or not. */
export interface Held {
  readonly ticket: Ticket;
  readonly tag: number;
  readonly consumer: Consumer;
  readonly loans: OnLoan;
}

/** What was given back is counted again after this long. */
const lagMs = 30;

/** The tickets of one queue that are here and not lent, in the order of arrival. */
export class Stock {
  #held: Held[] = [];
  #gaveBackAt = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#held.length;
  }

  /** How long until the queue counts all that was given back to it. */
  get lagMs(): number {
    return Math.max(0, this.#gaveBackAt + lagMs - performance.now());
  }

  add(held: Held): void {
    this.#held.push(held);
  }

  /** Lends. */
  take(max = this.#held.length): readonly Held[] {
    if (this.#held.length === 0) return [];
    const taken = this.#held.splice(0, max);
    for (const { consumer } of taken) consumer.lent++;
    return taken;
  }

  giveBack(): void {
    this.#gaveBackAt = performance.now();
    for (const { tag, loans } of this.take())
      loans.settle(tag, { end: 'rollback', next: { to: 'retry' } }).catch(() => undefined); // back it is, either way
  }

  /** All of it has gone back with its channel. */
  empty(): void {
    this.#held = [];
  }
}
