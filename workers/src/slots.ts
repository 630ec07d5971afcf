import { type Delivery, type Demand, type QueueName, queueNames, type Ticket } from '@waybill/core';

/** Tasks longer than this are not worth taking tickets ahead for: another worker could begin with them. */
const briefMs = 5;
/** Taken for the length of tasks of which nothing is known. */
const unseenMs = 2 * briefMs;
/** Tickets are taken ahead for so long: a call for them costs as much as several tasks. */
const aheadMs = 20;
/** And so many at the least, whatever the tasks take. */
const leastAhead = 16;
/** At the most, or four for each slot if that is more. */
const mostAhead = 256;
/** How long a ticket may be kept for a slot that does not become free. */
const keepMs = 100;
/** Weight of the latest task in the mean. */
const weight = 0.05;

interface Kept {
  readonly delivery: Delivery<Ticket>;
  readonly since: number;
}

interface Listener {
  /** A queue that the last demand did not ask for wants tickets. */
  readonly onWant: () => void;
  /** The task of a ticket that was kept has a slot, and may begin. */
  readonly onTurn: (delivery: Delivery<Ticket>) => void;
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
  /** Tasks that gave their slot up and need one to run again, the longest wait first. While there is one, none is free. */
  readonly #again: Record<QueueName, (() => void)[]> = { critical: [], normal: [], batch: [] };
  /** Whether the last demand asked for tickets of the queue. */
  readonly #asked: Record<QueueName, boolean> = { critical: false, normal: false, batch: false };
  readonly total: number;
  readonly #listener: Listener;
  /** How long tasks take. */
  readonly #meanMs: Record<QueueName, number> = { critical: unseenMs, normal: unseenMs, batch: unseenMs };

  constructor(slots: Readonly<Record<QueueName, number>>, listener: Listener) {
    this.#slots = slots;
    this.#free = { ...slots };
    this.total = queueNames.reduce((sum, queue) => sum + slots[queue], 0);
    this.#listener = listener;
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

  /**
   * The slot of a task that had it so long goes to one that waits to run again, since no other worker can have that; else
   * to the ticket kept longest; else it becomes free.
   */
  release(queue: QueueName, tookMs: number): void {
    this.#meanMs[queue] += (tookMs - this.#meanMs[queue]) * weight;
    const again = this.#again[queue].shift();
    const next = again === undefined ? this.#kept[queue].shift() : undefined;
    if (again === undefined && next === undefined) this.#free[queue]++;
    if (!this.#asked[queue] && this.#wantedOf(queue) > 0) this.#listener.onWant();
    again?.();
    if (next !== undefined) this.#listener.onTurn(next.delivery);
  }

  /** A slot for a task that gave its own up: `taken` is called when it has one, at once where one is free. */
  retake(queue: QueueName, taken: () => void): void {
    if (this.#free[queue] > 0) {
      this.#free[queue]--;
      taken();
    } else this.#again[queue].push(taken);
  }

  /** Who waits for a slot to run again needs none any more. */
  forgo(queue: QueueName, taken: () => void): void {
    this.#again[queue] = this.#again[queue].filter((each) => each !== taken);
  }

  /** Removes what was kept too long, which shows that the tasks are not brief now; everything, if `now` is absent. */
  giveUp(now?: number): readonly Delivery<Ticket>[] {
    return queueNames.flatMap((queue) => {
      const old = this.#kept[queue].filter(({ since }) => now === undefined || now - since > keepMs);
      if (old.length === 0) return [];
      this.#kept[queue] = this.#kept[queue].filter((each) => !old.includes(each));
      this.#meanMs[queue] = unseenMs;
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
    const [slots, meanMs] = [this.#slots[queue], this.#meanMs[queue]];
    if (slots === 0 || meanMs > briefMs) return 0;
    const most = Math.max(mostAhead, 4 * slots);
    return Math.min(most, Math.max(leastAhead, Math.ceil((slots * aheadMs) / meanMs)));
  }
}
