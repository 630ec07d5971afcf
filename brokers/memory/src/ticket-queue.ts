import { Backlog, type Ticket } from '@waybill/core';

/** A ticket and its place among all that were ever enqueued. */
export interface QueuedTicket extends Ticket {
  readonly place: number;
}

/** One queue: a lane for each rank, higher ranks first, and within a rank in the order of places. */
export class TicketQueue {
  readonly #lanes = Array.from({ length: 11 }, () => new Backlog<QueuedTicket>());
  /** Bit n is set exactly if the lane of rank n is not empty, so that the highest is found at once. */
  #occupied = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(ticket: QueuedTicket): void {
    this.#lanes[ticket.rank]?.push(ticket);
    this.#countIn(ticket);
  }

  /** To where it was before it was taken. */
  putBack(ticket: QueuedTicket): void {
    this.#lanes[ticket.rank]?.putBack(ticket);
    this.#countIn(ticket);
  }

  take(): QueuedTicket | undefined {
    const rank = 31 - Math.clz32(this.#occupied);
    const lane = this.#lanes[rank];
    if (lane === undefined) return undefined;
    const ticket = lane.take();
    if (lane.size === 0) this.#occupied &= ~(1 << rank);
    this.#size--;
    return ticket;
  }

  clear(): void {
    for (const lane of this.#lanes) lane.clear();
    this.#occupied = 0;
    this.#size = 0;
  }

  #countIn({ rank }: QueuedTicket): void {
    this.#occupied |= 1 << rank;
    this.#size++;
  }
}
