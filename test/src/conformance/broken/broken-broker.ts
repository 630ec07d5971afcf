import type { Delivery, TaskBroker, Ticket } from '@waybill/core';
import { altered } from './altered.ts';
import type { Broken } from './broken.ts';

export type BrokenBroker = Broken<TaskBroker>;
export type Loan = Delivery<Ticket>;

/** A fault that needs nothing but the client it is in. */
export const faulty = (
  fault: string,
  caughtBy: BrokenBroker['caughtBy'],
  change: (broker: TaskBroker) => Partial<TaskBroker>,
): BrokenBroker => ({ fault, caughtBy, breaker: () => (broker) => altered(broker, change(broker)) });

/** Enqueues other tickets than it was given. */
export const enqueues =
  (change: (tickets: readonly Ticket[]) => readonly Ticket[]) =>
  (broker: TaskBroker): Partial<TaskBroker> => ({
    enqueue: (tickets) => broker.enqueue(change(tickets)),
  });

/** Lends other loans than it acquired. */
export const lends =
  (change: (loan: Loan, broker: TaskBroker, all: readonly Loan[]) => Loan) =>
  (broker: TaskBroker): Partial<TaskBroker> => ({
    acquire: async (demand) => {
      const loans = await broker.acquire(demand);
      return loans.map((loan) => change(loan, broker, loans));
    },
  });

/** Lends the tickets that it acquired with other contents. */
export const shows = (change: (ticket: Ticket) => Ticket) =>
  lends((loan) => ({ ...loan, item: change(loan.item) }));

/** Gives back in another way than it was told. */
export const settles = (change: (loan: Loan, broker: TaskBroker, all: readonly Loan[]) => Partial<Loan>) =>
  lends((loan, broker, all) => ({ ...loan, ...change(loan, broker, all) }));
