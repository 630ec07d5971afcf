import { type Delivery, type Demand, type QueueName, queueNames, type Ticket } from '@waybill/core';

/** Tasks longer than this are not worth taking tickets ahead for: another worker could begin with them. */
const briefMs = 5;
/** Tickets taken ahead for each slot: a call for them costs as much as several tasks. They wait for about 20 ms. */
const aheadForSlot = 4;
/** And at the least. */
const leastAhead = 16;
/** How long a ticket may be kept for a slot that does not become free. */
const keepMs = 100;
/** Weight of the latest task in the mean. */
const weight = 0.05;

interface Kept {
  readonly delivery: Delivery<Ticket>;
  readonly since: number;
}

/**
 * How many tasks of each queue may run at once in this process, and the tickets taken ahead for them. While tasks are
 * brief, each queue keeps a few tickets for each of its slots, and asks for others when half of them are gone: then the
 * claim of the next task travels together with the commit of the last one.
 */
export class Slots {
  readonly #slots: Readonly<Record<QueueName, number>>;
  readonly #free: Record<QueueName, number>;
  readonly #kept: Record<QueueName, Kept[]> = { critical: [], normal: [], batch: [] };
  /** Whether the last demand asked for tickets of the queue. */
  readonly #asked: Record<QueueName, boolean> = { critical: false, normal: false, batch: false };
  readonly total: number;
  readonly #onWant: () => void;
  /** Assumed long until seen brief. */
  #meanMs = briefMs * 2;

  /** `onWant` is called when a queue that the last demand did not ask for wants tickets. */
  constructor(slots: Readonly<Record<QueueName, number>>, onWant: () => void) {
    this.#slots = slots;
    this.#free = { ...slots };
    this.total = queueNames.reduce((sum, queue) => sum + slots[queue], 0);
    this.#onWant = onWant;
  }

  wanted(): Demand['wanted'] {
    return queueNames.flatMap((queue) => {
      const max = this.#wantedOf(queue);
      this.#asked[queue] = max > 0;
      return max > 0 ? [{ queue, max }] : [];
    });
  }

  /** Takes a slot for it, or, where there is none, keeps it. Answers whether it may begin. */
  take(delivery: Delivery<Ticket>, now: number): boolean {
    const { queue } = delivery.item;
    if (this.#free[queue] > 0) {
      this.#free[queue]--;
      return true;
    }
    this.#kept[queue].push({ delivery, since: now });
    return false;
  }

  /** The slot of a task that took so long goes to the ticket kept longest, which is answered, or becomes free. */
  release(queue: QueueName, tookMs: number): Delivery<Ticket> | undefined {
    this.#meanMs += (tookMs - this.#meanMs) * weight;
    const next = this.#kept[queue].shift();
    if (next === undefined) this.#free[queue]++;
    if (!this.#asked[queue] && this.#wantedOf(queue) > 0) this.#onWant();
    return next?.delivery;
  }

  /** Removes what was kept too long; everything, if `now` is absent. */
  giveUp(now?: number): readonly Delivery<Ticket>[] {
    return queueNames.flatMap((queue) => {
      const old = this.#kept[queue].filter(({ since }) => now === undefined || now - since > keepMs);
      if (old.length > 0) this.#kept[queue] = this.#kept[queue].filter((each) => !old.includes(each));
      return old.map(({ delivery }) => delivery);
    });
  }

  get isKeeping(): boolean {
    return queueNames.some((queue) => this.#kept[queue].length > 0);
  }

  #wantedOf(queue: QueueName): number {
    const [free, kept] = [this.#free[queue], this.#kept[queue].length];
    const ahead = this.#aheadOf(queue);
    const missing = Math.max(0, ahead - kept);
    return free > 0 || missing * 2 >= ahead ? free + missing : 0;
  }

  #aheadOf(queue: QueueName): number {
    const slots = this.#slots[queue];
    if (slots === 0 || this.#meanMs > briefMs) return 0;
    return Math.max(leastAhead, slots * aheadForSlot);
  }
}
