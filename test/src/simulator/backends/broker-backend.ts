import { type Demand, type QueueName, queueNames, type Ticket } from '@waybill/core';
import type { FaultProfile } from '../fault-profile.ts';
import type { Random } from '../random.ts';
import type { World } from '../world.ts';

/** A process waiting for tickets. */
export interface Waiter {
  readonly by: string;
  readonly wanted: Demand['wanted'];
  readonly give: (tickets: readonly Ticket[]) => void;
}

/** The one broker of a simulated deployment, which does whatever a broker is allowed to do with tickets. */
export class BrokerBackend {
  readonly #world: World;
  readonly #random: Random;
  readonly #faults: FaultProfile;
  readonly #queues = new Map<QueueName, Ticket[]>(queueNames.map((queue) => [queue, []]));
  readonly #loans = new Map<string, Set<Ticket>>();
  readonly #waiters = new Set<Waiter>();
  #isCalm = false;

  constructor(world: World, random: Random, faults: FaultProfile) {
    this.#world = world;
    this.#random = random;
    this.#faults = faults;
  }

  calmDown(): void {
    this.#isCalm = true;
  }

  enqueue(ticket: Ticket): void {
    const { ticketLost, ticketTwice, ticketDelayed, slowMs } = this.#faults;
    if (this.#isCalm) return this.#arrive(ticket);
    if (this.#random.chance(ticketLost)) return this.#world.tell('broker', `loses ${ticket.taskId}`);
    if (this.#random.chance(ticketTwice))
      this.#world.after(this.#random.next() * slowMs, () => this.#arrive(ticket));
    if (this.#random.chance(ticketDelayed))
      this.#world.after(this.#random.next() * slowMs, () => this.#arrive(ticket));
    else this.#arrive(ticket);
  }

  /** Answers how to stop waiting. */
  wait(waiter: Waiter): () => void {
    const tickets = this.#take(waiter);
    if (tickets.length > 0) {
      waiter.give(tickets);
      return () => undefined;
    }
    this.#waiters.add(waiter);
    return () => this.#waiters.delete(waiter);
  }

  settle(by: string, ticket: Ticket): void {
    this.#loans.get(by)?.delete(ticket);
  }

  giveBack(by: string, ticket: Ticket, delayMs: number): void {
    if (this.#loans.get(by)?.delete(ticket) === true) this.#world.after(delayMs, () => this.#arrive(ticket));
  }

  /** What the dead process had on loan comes again, if this broker redelivers. */
  bury(by: string): void {
    const loans = this.#loans.get(by);
    this.#loans.delete(by);
    for (const waiter of this.#waiters) if (waiter.by === by) this.#waiters.delete(waiter);
    if (loans === undefined || !this.#faults.redelivery) return;
    for (const ticket of loans) this.#world.after(this.#random.next() * 500, () => this.#arrive(ticket));
  }

  depth(): Map<QueueName, number> {
    return new Map([...this.#queues].map(([queue, tickets]) => [queue, tickets.length]));
  }

  /** Everything is gone. */
  wipe(): void {
    this.#world.tell('broker', 'loses everything');
    this.clear(queueNames);
    this.#loans.clear();
  }

  clear(queues: readonly QueueName[]): void {
    for (const queue of queues) this.#queues.set(queue, []);
  }

  #arrive(ticket: Ticket): void {
    this.#queues.get(ticket.queue)?.push(ticket);
    for (const waiter of this.#waiters) {
      const tickets = this.#take(waiter);
      if (tickets.length === 0) continue;
      this.#waiters.delete(waiter);
      return waiter.give(tickets);
    }
  }

  #take({ by, wanted }: Waiter): readonly Ticket[] {
    const taken: Ticket[] = [];
    for (const { queue, max } of wanted) {
      const waiting = this.#queues.get(queue);
      if (waiting !== undefined) taken.push(...waiting.splice(0, max));
    }
    if (taken.length === 0) return taken;
    const loans = this.#loans.get(by) ?? new Set();
    this.#loans.set(by, loans);
    // A ticket that came twice is two loans.
    const lent = taken.map((ticket) => ({ ...ticket }));
    for (const ticket of lent) loans.add(ticket);
    return lent;
  }
}
