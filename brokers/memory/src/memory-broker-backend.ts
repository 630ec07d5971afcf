import { type Demand, type QueueName, queueNames, type Ticket, type Timer } from '@waybill/core';
import { type QueuedTicket, TicketQueue } from './ticket-queue.ts';

/** An `acquire` that found nothing. `give` is called once, with one ticket or more, unless it is withdrawn. */
export interface Waiter {
  readonly wanted: Demand['wanted'];
  give(tickets: readonly QueuedTicket[]): void;
}

/**
 * What a namespace holds: shared by the brokers that are its clients. Looking and starting to wait are one
 * synchronous section, so that no ticket can arrive between them unseen.
 */
export class MemoryBrokerBackend {
  readonly #queues = {
    critical: new TicketQueue(),
    normal: new TicketQueue(),
    batch: new TicketQueue(),
  } satisfies Record<QueueName, TicketQueue>;
  /** In the order in which they began to wait, which is the order in which they are served. */
  readonly #waiters = new Set<Waiter>();
  readonly #delayed = new Map<QueuedTicket, Timer>();
  #lastPlace = 0;

  enqueue(tickets: readonly Ticket[]): void {
    for (const { tenant, taskId, queue, rank, epoch } of tickets)
      this.#queues[queue].push({ tenant, taskId, queue, rank, epoch, place: ++this.#lastPlace });
    this.#serveWaiters();
  }

  take(wanted: Demand['wanted']): readonly QueuedTicket[] {
    const tickets: QueuedTicket[] = [];
    for (const { queue, max } of wanted) {
      for (let left = max; left > 0; left--) {
        const ticket = this.#queues[queue].take();
        if (ticket === undefined) break;
        tickets.push(ticket);
      }
    }
    return tickets;
  }

  /** Call only where `take` has just given nothing. */
  wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
  }

  withdraw(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }

  putBack(tickets: Iterable<QueuedTicket>): void {
    // Youngest first: then each has the shortest way to its place.
    for (const ticket of [...tickets].sort((a, b) => b.place - a.place))
      this.#queues[ticket.queue].putBack(ticket);
    this.#serveWaiters();
  }

  /** `timer` starts a timer that calls back when the ticket is due. */
  putBackLater(ticket: QueuedTicket, timer: (due: () => void) => Timer): void {
    const due = (): void => {
      this.#delayed.delete(ticket);
      this.putBack([ticket]);
    };
    this.#delayed.set(ticket, timer(due));
  }

  /** Delayed tickets wait too: they are not on loan, and `clear` drops them. */
  depth(): Map<QueueName, number> {
    const depths = new Map(queueNames.map((queue) => [queue, this.#queues[queue].size]));
    for (const { queue } of this.#delayed.keys()) depths.set(queue, (depths.get(queue) ?? 0) + 1);
    return depths;
  }

  clear(queues: readonly QueueName[]): void {
    for (const queue of queues) this.#queues[queue].clear();
    for (const [ticket, timer] of this.#delayed) {
      if (!queues.includes(ticket.queue)) continue;
      timer.cancel();
      this.#delayed.delete(ticket);
    }
  }

  #serveWaiters(): void {
    for (const waiter of this.#waiters) {
      const tickets = this.take(waiter.wanted);
      if (tickets.length === 0) continue;
      this.#waiters.delete(waiter);
      waiter.give(tickets);
    }
  }
}
