import {
  Bag,
  type BrokerCapabilities,
  checkDemand,
  checkQueue,
  checkTicket,
  ClosedError,
  type Delivery,
  type Demand,
  lend,
  type Member,
  type QueueName,
  type Runtime,
  type Settlement,
  systemRuntime,
  type TaskBroker,
  type Ticket,
} from '@waybill/core';
import { MemoryBrokerBackend, type Waiter } from './memory-broker-backend.ts';
import type { QueuedTicket } from './ticket-queue.ts';

/** A TaskBroker in the memory of this process. Brokers with the same backend are clients of one namespace. */
export class MemoryBroker implements TaskBroker {
  readonly capabilities: BrokerCapabilities = {
    durability: 'none',
    shared: false,
    ordered: true,
    rank: true,
    redelivery: true,
  };
  readonly #backend: MemoryBrokerBackend;
  readonly #runtime: Pick<Runtime, 'timer'>;
  readonly #loans = new Bag<QueuedTicket>();
  /** What ends each acquire that is waiting. */
  readonly #waits = new Set<() => void>();
  #closed = false;

  constructor(backend = new MemoryBrokerBackend(), runtime: Pick<Runtime, 'timer'> = systemRuntime()) {
    this.#backend = backend;
    this.#runtime = runtime;
  }

  async enqueue(tickets: readonly Ticket[]): Promise<void> {
    this.#checkOpen();
    for (const ticket of tickets) checkTicket(ticket);
    this.#backend.enqueue(tickets);
  }

  async acquire(demand: Demand): Promise<readonly Delivery<Ticket>[]> {
    this.#checkOpen();
    checkDemand(demand);
    const tickets = this.#backend.take(demand.wanted);
    if (tickets.length > 0 || demand.waitMs === 0 || demand.signal?.aborted) return this.#lendAll(tickets);
    return this.#wait(demand);
  }

  async depth(): Promise<ReadonlyMap<QueueName, number>> {
    this.#checkOpen();
    return this.#backend.depth();
  }

  async clear(queues: readonly QueueName[]): Promise<void> {
    this.#checkOpen();
    for (const queue of queues) checkQueue(queue);
    this.#backend.clear(queues);
  }

  /** Ends what waits, without tickets, and gives back what is on loan. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#waits) end();
    const loans = [...this.#loans];
    this.#loans.clear();
    this.#backend.putBack(loans);
  }

  #wait({ wanted, waitMs, signal }: Demand): Promise<readonly Delivery<Ticket>[]> {
    return new Promise((resolve) => {
      const finish = (tickets: readonly QueuedTicket[]): void => {
        timer.cancel();
        signal?.removeEventListener('abort', end);
        this.#waits.delete(end);
        // On loan from here on, not from when the caller goes on: a close in between must give them back.
        resolve(this.#lendAll(tickets));
      };
      const waiter: Waiter = { wanted, give: finish };
      const end = (): void => {
        this.#backend.withdraw(waiter);
        finish([]);
      };
      const timer = this.#runtime.timer(waitMs, end);
      signal?.addEventListener('abort', end, { once: true });
      this.#waits.add(end);
      this.#backend.wait(waiter);
    });
  }

  #lendAll(tickets: readonly QueuedTicket[]): readonly Delivery<Ticket>[] {
    return tickets.map((ticket) => {
      const loan = this.#loans.add(ticket);
      const { tenant, taskId, queue, rank, epoch } = ticket;
      return lend({ tenant, taskId, queue, rank, epoch }, async (settlement) =>
        this.#settle(loan, settlement),
      );
    });
  }

  #settle(loan: Member<QueuedTicket>, settlement: Settlement): void {
    this.#checkOpen();
    this.#loans.remove(loan);
    const ticket = loan.value;
    if (settlement.end === 'commit' || settlement.next.to === 'drop') return;
    const { delayMs = 0 } = settlement.next;
    if (delayMs <= 0) this.#backend.putBack([ticket]);
    else this.#backend.putBackLater(ticket, (due) => this.#runtime.timer(delayMs, due));
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError('the broker is closed');
  }
}
