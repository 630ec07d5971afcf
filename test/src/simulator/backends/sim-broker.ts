import {
  type BrokerCapabilities,
  type Delivery,
  type Demand,
  lend,
  type QueueName,
  type TaskBroker,
  type Ticket,
} from '@waybill/core';
import type { Link } from '../link.ts';
import type { SimProcess } from '../sim-process.ts';
import type { BrokerBackend } from './broker-backend.ts';

/** One process's client of the simulated broker. */
export class SimBroker implements TaskBroker {
  readonly capabilities: BrokerCapabilities = {
    durability: 'none',
    shared: true,
    ordered: false,
    rank: false,
    redelivery: true,
  };
  readonly #backend: BrokerBackend;
  readonly #link: Link;
  readonly #process: SimProcess;

  constructor(backend: BrokerBackend, link: Link, process: SimProcess) {
    this.#backend = backend;
    this.#link = link;
    this.#process = process;
    process.onDeath(() => backend.bury(process.name));
  }

  enqueue(tickets: readonly Ticket[]): Promise<void> {
    const parts = tickets.map((ticket) => () => this.#backend.enqueue(ticket));
    return this.#link.call({
      name: 'enqueue',
      about: () => tickets.map(({ taskId }) => taskId).join(' '),
      apply: () => parts.forEach((part) => part()),
      parts,
    });
  }

  /** Waits at the backend, so that a broker that is down or a lost answer only costs time. */
  async acquire(demand: Demand): Promise<readonly Delivery<Ticket>[]> {
    await this.#link.call({ name: 'acquire', apply: () => undefined });
    const tickets = await this.#wait(demand);
    return tickets.map((ticket) =>
      lend(ticket, (settlement) => {
        const { next } = settlement.end === 'rollback' ? settlement : { next: undefined };
        const apply = (): void =>
          next?.to === 'retry'
            ? this.#backend.giveBack(this.#process.name, ticket, next.delayMs ?? 0)
            : this.#backend.settle(this.#process.name, ticket);
        return this.#link.call({ name: settlement.end, apply, parts: [apply] });
      }),
    );
  }

  depth(): Promise<ReadonlyMap<QueueName, number>> {
    return this.#link.call({ name: 'depth', apply: () => this.#backend.depth() });
  }

  clear(queues: readonly QueueName[]): Promise<void> {
    const apply = (): void => this.#backend.clear(queues);
    return this.#link.call({ name: 'clear', apply, parts: [apply] });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #wait({ wanted, waitMs, signal }: Demand): Promise<readonly Ticket[]> {
    return new Promise((resolve) => {
      const process = this.#process;
      if (!process.isAlive) return;
      const end = (tickets: readonly Ticket[]): void => {
        stopWaiting();
        timer.fire = undefined;
        signal?.removeEventListener('abort', aborted);
        process.after(process.random.between(0.1, 1), () => resolve(tickets));
      };
      const aborted = (): void => end([]);
      const timer = process.after(waitMs, aborted);
      signal?.addEventListener('abort', aborted, { once: true });
      let stopWaiting = (): void => undefined;
      stopWaiting = this.#backend.wait({ by: process.name, wanted, give: end });
      if (signal?.aborted === true) aborted();
    });
  }
}
