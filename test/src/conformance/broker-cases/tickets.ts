import assert from 'node:assert/strict';
import { type Delivery, type QueueName, queueNames, type TaskBroker, type Ticket } from '@waybill/core';
import { eventually } from '../time.ts';
import type { World } from '../world.ts';

type Loans = readonly Delivery<Ticket>[];

export const ticket = (taskId: string, more: Partial<Ticket> = {}): Ticket => ({
  tenant: 'acme',
  taskId,
  queue: 'normal',
  rank: 5,
  epoch: 0,
  ...more,
});

/** `t000`, `t001`, …: in text order as in number order. */
export const numbered = (count: number, more: Partial<Ticket> = {}): Ticket[] =>
  Array.from({ length: count }, (_, n) => ticket(`t${String(n).padStart(4, '0')}`, more));

export const idsOf = (tickets: readonly Ticket[]): string[] => tickets.map(({ taskId }) => taskId);
export const loanedIds = (loans: Loans): string[] => loans.map(({ item }) => item.taskId);
export const commitAll = async (loans: Loans): Promise<void> => {
  await Promise.all(loans.map((loan) => loan.commit()));
};

/** Waits for tickets of one queue until it has this many, which are on loan then, in the order of arrival. */
export const take = async (
  broker: TaskBroker,
  count: number,
  queue: QueueName = 'normal',
): Promise<Loans> => {
  const loans: Delivery<Ticket>[] = [];
  while (loans.length < count) {
    const more = await broker.acquire({ wanted: [{ queue, max: count - loans.length }], waitMs: 8_000 });
    assert.ok(more.length > 0, `waited in vain for ${count - loans.length} of ${count} tickets`);
    loans.push(...more);
  }
  return loans;
};

/** One ticket of `normal`. */
export const takeOne = async (broker: TaskBroker): Promise<Delivery<Ticket>> => {
  const [loan] = await take(broker, 1);
  assert.ok(loan);
  return loan;
};

const anything = queueNames.map((queue) => ({ queue, max: 10 }));

/** Asserts that no queue has a ticket for this client. */
export const nothingFor = async (broker: TaskBroker, world: World<TaskBroker>): Promise<void> => {
  const loans = await broker.acquire({ wanted: anything, waitMs: world.quietMs });
  assert.deepEqual(loanedIds(loans), []);
};

/** Waits until the depth is this; it may lag by a moment. */
export const depthBecomes = (
  broker: TaskBroker,
  critical: number,
  normal: number,
  batch: number,
): Promise<unknown> =>
  eventually(`a depth of ${critical}, ${normal} and ${batch}`, async () => {
    const depth = await broker.depth();
    assert.deepEqual([...depth.keys()].sort(), [...queueNames].sort());
    return (
      depth.get('critical') === critical && depth.get('normal') === normal && depth.get('batch') === batch
    );
  });
