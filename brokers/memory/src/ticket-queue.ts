import type { Ticket } from '@waybill/core';
import { Fifo } from './fifo.ts';

/** A ticket and where it stands among all that were ever enqueued. */
export interface QueuedTicket extends Ticket {
  readonly place: number;
}

/** One queue: a lane for each rank, higher ranks first, and within a rank in the order of places. */
export class TicketQueue {
  readonly #lanes = Array.from({ length: 11 }, () => new Lane());
  /** Bit n is set exactly if the lane of rank n is not empty, so that the highest is found at once. */
  #occupied = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(ticket: QueuedTicket): void {
    this.#countIn(ticket);
    this.#lanes[ticket.rank]?.fresh.push(ticket);
  }

  /** To where it was: what is taken out of a lane is older than all that was never taken. */
  putBack(ticket: QueuedTicket): void {
    const lane = this.#lanes[ticket.rank];
    if (lane === undefined) return;
    this.#countIn(ticket);
    let at = lane.returned.length;
    while (at > 0 && (lane.returned[at - 1]?.place ?? 0) < ticket.place) at--;
    lane.returned.splice(at, 0, ticket);
  }

  take(): QueuedTicket | undefined {
    const rank = 31 - Math.clz32(this.#occupied);
    const lane = this.#lanes[rank];
    if (lane === undefined) return undefined;
    const ticket = lane.returned.pop() ?? lane.fresh.shift();
    if (lane.returned.length + lane.fresh.size === 0) this.#occupied &= ~(1 << rank);
    this.#size--;
    return ticket;
  }

  clear(): void {
    for (const lane of this.#lanes) {
      lane.fresh.clear();
      lane.returned.length = 0;
    }
    this.#occupied = 0;
    this.#size = 0;
  }

  #countIn({ rank }: QueuedTicket): void {
    this.#occupied |= 1 << rank;
    this.#size++;
  }
}

class Lane {
  readonly fresh = new Fifo<QueuedTicket>();
  /** Youngest first: the next one is at the end. */
  readonly returned: QueuedTicket[] = [];
}
