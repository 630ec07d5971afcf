import { type Demand, queueNames, type TaskBroker } from '@waybill/core';
import { altered } from './altered.ts';
import { type BrokenBroker, enqueues, faulty, type Loan, settles } from './broken-broker.ts';

/** Asks for something else than it was asked for. */
const demands =
  (change: (demand: Demand) => Demand) =>
  (broker: TaskBroker): Partial<TaskBroker> => ({
    acquire: (demand) => broker.acquire(change(demand)),
  });

const byUrgency = ({ wanted, ...demand }: Demand): Demand => ({
  ...demand,
  wanted: wanted.toSorted((a, b) => queueNames.indexOf(a.queue) - queueNames.indexOf(b.queue)),
});

/** One of each queue in turn, and only then waits. */
const inTurn = (broker: TaskBroker): Partial<TaskBroker> => ({
  acquire: async (demand) => {
    const loans: Loan[] = [];
    for (const { queue } of demand.wanted)
      loans.push(...(await broker.acquire({ wanted: [{ queue, max: 1 }], waitMs: 0 })));
    return loans.length > 0 ? loans : broker.acquire(demand);
  },
});

const fillsUp = (broker: TaskBroker): Partial<TaskBroker> => ({
  acquire: async (demand) => {
    const until = performance.now() + demand.waitMs;
    const wanted = demand.wanted.reduce((sum, { max }) => sum + max, 0);
    const loans: Loan[] = [];
    do loans.push(...(await broker.acquire({ ...demand, waitMs: Math.max(0, until - performance.now()) })));
    while (loans.length < wanted && performance.now() < until);
    return loans;
  },
});

const countsLoans: BrokenBroker = {
  fault: 'counts loans in its depth',
  caughtBy: ['BROKER-026'],
  breaker: () => {
    let onLoan = 0;
    return (broker) =>
      altered(broker, {
        depth: async () => {
          const depth = await broker.depth();
          return new Map(
            [...depth].map(([queue, count]) => [queue, queue === 'normal' ? count + onLoan : count]),
          );
        },
        ...settles((loan) => {
          onLoan++;
          const ended = (settled: Promise<void>): Promise<void> => settled.then(() => void onLoan--);
          return { commit: () => ended(loan.commit()), rollback: (next) => ended(loan.rollback(next)) };
        })(broker),
      });
  },
};

/** Faults in which tickets come, in which order, and how many are said to wait. */
export const brokenQueues: readonly BrokenBroker[] = [
  faulty(
    'serves every queue, wanted or not',
    ['BROKER-016'],
    demands((demand) => ({
      ...demand,
      wanted: [...demand.wanted, ...queueNames.map((queue) => ({ queue, max: 1 }))],
    })),
  ),
  faulty('serves queues by their urgency, not as wanted', ['BROKER-017'], demands(byUrgency)),
  faulty(
    'serves queues in the opposite order',
    ['BROKER-017', 'BROKER-024'],
    demands((demand) => ({ ...demand, wanted: demand.wanted.toReversed() })),
  ),
  faulty(
    'gives more of a queue than it may',
    ['BROKER-018'],
    demands((demand) => ({
      ...demand,
      wanted: demand.wanted.map(({ queue, max }) => ({ queue, max: max + 1 })),
    })),
  ),
  faulty('takes turns among queues', ['BROKER-019'], inTurn),
  faulty('waits until it has all it may give', ['BROKER-020'], fillsUp),
  faulty(
    'serves last what came first',
    ['BROKER-021'],
    enqueues((tickets) => tickets.toReversed()),
  ),
  faulty(
    'puts what is rolled back behind what came later',
    ['BROKER-022'],
    settles((loan, broker) => ({
      rollback: async (next) => {
        await loan.rollback({ to: 'drop' });
        if (next.to === 'retry') await broker.enqueue([loan.item]);
      },
    })),
  ),
  faulty('serves low ranks first', ['BROKER-023'], (broker) => ({
    enqueue: (tickets) => broker.enqueue(tickets.map((ticket) => ({ ...ticket, rank: 10 - ticket.rank }))),
    acquire: async (demand) => {
      const loans = await broker.acquire(demand);
      return loans.map((loan) => ({ ...loan, item: { ...loan.item, rank: 10 - loan.item.rank } }));
    },
  })),
  faulty('lists only queues in which something waits', ['BROKER-025', 'BROKER-029'], (broker) => ({
    depth: async () => new Map([...(await broker.depth())].filter(([, count]) => count > 0)),
  })),
  faulty('counts no more than five', ['BROKER-025'], (broker) => ({
    depth: async () =>
      new Map([...(await broker.depth())].map(([queue, count]) => [queue, Math.min(5, count)])),
  })),
  countsLoans,
  faulty('clears every queue', ['BROKER-027'], (broker) => ({ clear: () => broker.clear(queueNames) })),
  faulty('clears nothing', ['BROKER-027', 'BROKER-028'], () => ({ clear: async () => undefined })),
];
