import type { Demand, TaskBroker } from '@waybill/core';
import { stillness } from '../time.ts';
import { without } from '../without.ts';
import { altered } from './altered.ts';
import { type BrokenBroker, faulty, type Loan } from './broken-broker.ts';

type Acquire = TaskBroker['acquire'];

const acquires =
  (acquire: (broker: TaskBroker, demand: Demand) => ReturnType<Acquire>) =>
  (broker: TaskBroker): { acquire: Acquire } => ({ acquire: (demand) => acquire(broker, demand) });

const aborted = (signal: AbortSignal | undefined): Promise<readonly Loan[]> =>
  new Promise((resolve) => signal?.addEventListener('abort', () => resolve([]), { once: true }));

/** Looks before its sleep and after it. */
const sleeps = async (broker: TaskBroker, demand: Demand): Promise<readonly Loan[]> => {
  const atOnce = await broker.acquire({ ...demand, waitMs: 0 });
  if (atOnce.length > 0 || demand.waitMs === 0) return atOnce;
  await Promise.race([stillness(demand.waitMs), aborted(demand.signal)]);
  return broker.acquire({ ...demand, waitMs: 0 });
};

/** Wakes for what it enqueues itself, and looks again when the wait is over. */
const deaf = (broker: TaskBroker): Partial<TaskBroker> => {
  let bell = Promise.withResolvers<void>();
  return {
    enqueue: async (tickets) => {
      await broker.enqueue(tickets);
      bell.resolve();
      bell = Promise.withResolvers();
    },
    acquire: async (demand) => {
      const over = performance.now() + demand.waitMs;
      for (;;) {
        const rung = bell.promise;
        const loans = await broker.acquire({ ...demand, waitMs: 0 });
        const left = over - performance.now();
        if (loans.length > 0 || left <= 0 || demand.signal?.aborted) return loans;
        await Promise.race([rung, stillness(left), aborted(demand.signal)]);
      }
    },
  };
};

const oneAtATime = (broker: TaskBroker): Partial<TaskBroker> => {
  let last: Promise<unknown> = Promise.resolve();
  const queued = <T>(call: () => Promise<T>): Promise<T> => {
    const answer = last.then(call, call);
    last = answer;
    return answer;
  };
  return {
    acquire: (demand) => queued(() => broker.acquire(demand)),
    enqueue: (tickets) => queued(() => broker.enqueue(tickets)),
    depth: () => queued(() => broker.depth()),
    clear: (queues) => queued(() => broker.clear(queues)),
  };
};

const silentRetry: BrokenBroker = {
  fault: 'wakes nobody for what is rolled back',
  caughtBy: ['BROKER-035'],
  breaker: () => {
    const returned: Loan[] = [];
    return (broker) =>
      altered(broker, {
        acquire: async (demand) => {
          for (const loan of returned.splice(0)) await loan.rollback({ to: 'retry' });
          const loans = await broker.acquire(demand);
          return loans.map((loan) => ({
            ...loan,
            rollback: async (next) => (next.to === 'retry' ? void returned.push(loan) : loan.rollback(next)),
          }));
        },
      });
  },
};

/** Faults in waiting. */
export const brokenWaits: readonly BrokenBroker[] = [
  faulty(
    'waits though it may not',
    ['BROKER-030'],
    acquires((broker, demand) => broker.acquire({ ...demand, waitMs: Math.max(demand.waitMs, 4_000) })),
  ),
  faulty(
    'never waits',
    ['BROKER-031', 'BROKER-032', 'BROKER-034'],
    acquires((broker, demand) => broker.acquire({ ...demand, waitMs: 0 })),
  ),
  faulty(
    'waits three seconds longer',
    ['BROKER-031'],
    acquires((broker, demand) => broker.acquire({ ...demand, waitMs: demand.waitMs + 3_000 })),
  ),
  faulty(
    'sleeps through an enqueue',
    ['BROKER-032', 'BROKER-033', 'BROKER-034', 'BROKER-035', 'BROKER-036'],
    acquires(sleeps),
  ),
  faulty('sleeps through an enqueue of another client', ['BROKER-033', 'BROKER-036'], deaf),
  faulty(
    'waits for the first queue only',
    ['BROKER-034'],
    acquires(async (broker, demand) => {
      const loans = await broker.acquire({ ...demand, waitMs: 0 });
      return loans.length > 0 ? loans : broker.acquire({ ...demand, wanted: demand.wanted.slice(0, 1) });
    }),
  ),
  silentRetry,
  faulty(
    'ignores the signal',
    ['BROKER-037', 'BROKER-038'],
    acquires((broker, demand) => broker.acquire(without(demand, 'signal'))),
  ),
  faulty(
    'goes on waiting, for nobody, when the signal has ended the wait',
    ['BROKER-038', 'BROKER-039'],
    acquires((broker, demand) =>
      Promise.race([aborted(demand.signal), broker.acquire(without(demand, 'signal'))]),
    ),
  ),
  faulty('does one thing at a time', ['BROKER-040'], oneAtATime),
];
