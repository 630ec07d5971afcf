import { ClosedError, PayloadError, queueNames, type TaskBroker, type Ticket } from '@waybill/core';
import { altered } from './altered.ts';
import { type BrokenBroker, enqueues, faulty, type Loan, settles } from './broken-broker.ts';
import { brokenLifecycle } from './broken-lifecycle.ts';

const keepsToItself = (broker: TaskBroker): Partial<TaskBroker> => {
  const own: Ticket[] = [];
  return {
    enqueue: async (tickets) => void own.push(...tickets),
    acquire: async (demand) => {
      await broker.enqueue(own.splice(0));
      return broker.acquire(demand);
    },
  };
};

const waitsForWaits = (broker: TaskBroker): Partial<TaskBroker> => {
  const waiting = new Set<Promise<unknown>>();
  return {
    acquire: (demand) => {
      const acquired = broker.acquire(demand);
      waiting.add(acquired);
      return acquired.finally(() => waiting.delete(acquired));
    },
    close: async () => {
      await Promise.allSettled(waiting);
      await broker.close();
    },
  };
};

const waitsOn = (broker: TaskBroker): Partial<TaskBroker> => {
  const closed = Promise.withResolvers<readonly Loan[]>();
  return {
    acquire: (demand) => Promise.race([closed.promise, broker.acquire(demand)]),
    close: async () => closed.resolve([]),
  };
};

/** Commits what is on loan before it closes. */
const keepsLoans = (broker: TaskBroker): Partial<TaskBroker> => {
  const loans: Loan[] = [];
  return {
    ...settles((loan) => {
      loans.push(loan);
      return {};
    })(broker),
    close: async () => {
      await Promise.allSettled(loans.map((loan) => loan.commit()));
      await broker.close();
    },
  };
};

const hangsAfterClose: BrokenBroker = {
  fault: 'never settles what is settled after close',
  caughtBy: ['BROKER-052'],
  breaker: () => (broker) => {
    let closed = false;
    return altered(broker, {
      ...settles((loan) => ({ commit: () => (closed ? new Promise(() => undefined) : loan.commit()) }))(
        broker,
      ),
      close: async () => {
        closed = true;
        await broker.close();
      },
    });
  },
};

const mended = (text: string, longest: number): string =>
  text.toWellFormed().replaceAll('\0', '').slice(0, longest) || '-';

/** Faults of enqueuing and closing. */
export const brokenBrokerCalls: readonly BrokenBroker[] = [
  faulty('refuses to enqueue nothing', ['BROKER-041'], (broker) => ({
    enqueue: async (tickets) => {
      if (tickets.length === 0) throw new PayloadError('there is nothing to enqueue');
      await broker.enqueue(tickets);
    },
  })),
  faulty(
    'mends tickets',
    ['BROKER-053'],
    enqueues((tickets) =>
      tickets.map((ticket) => ({
        ...ticket,
        tenant: mended(ticket.tenant, 128),
        taskId: mended(ticket.taskId, 512),
        queue: queueNames.includes(ticket.queue) ? ticket.queue : 'normal',
        rank: Math.min(10, Math.max(0, Math.round(ticket.rank))),
        epoch: Math.max(0, Math.round(ticket.epoch || 0)),
      })),
    ),
  ),
  faulty('enqueues what comes before a wrong ticket', ['BROKER-053'], (broker) => ({
    enqueue: async (tickets) => {
      for (const ticket of tickets) await broker.enqueue([ticket]);
    },
  })),
  faulty('mends demands', ['BROKER-054'], (broker) => ({
    acquire: ({ wanted, waitMs, ...rest }) =>
      broker.acquire({
        ...rest,
        wanted: wanted.flatMap(({ queue, max }) =>
          queueNames.includes(queue) && max >= 1 ? [{ queue, max: Math.floor(max) }] : [],
        ),
        waitMs: waitMs >= 0 ? waitMs : 0,
      }),
  })),
  faulty('clears the queues that there are', ['BROKER-054'], (broker) => ({
    clear: (queues) => broker.clear(queues.filter((queue) => queueNames.includes(queue))),
  })),
  faulty('throws in those who wait when it closes', ['BROKER-045'], (broker) => {
    let closed = false;
    return {
      acquire: async (demand) => {
        const loans = await broker.acquire(demand);
        if (closed) throw new ClosedError('the broker is closed');
        return loans;
      },
      close: async () => {
        closed = true;
        await broker.close();
      },
    };
  }),
  faulty('answers before the backend has what is enqueued', ['BROKER-042'], keepsToItself),
  faulty('closes when nobody waits any more', ['BROKER-045'], waitsForWaits),
  faulty('goes on waiting, for nobody, when it has closed', ['BROKER-046'], waitsOn),
  faulty('keeps what its holder had when that closes', ['BROKER-048', 'BROKER-049'], keepsLoans),
  faulty('takes what waits along when it closes', ['BROKER-050'], (broker) => {
    let closing: Promise<void> | undefined;
    return { close: () => (closing ??= broker.clear(queueNames).then(() => broker.close())) };
  }),
  hangsAfterClose,
  ...brokenLifecycle<TaskBroker>({
    sharesNamespaces: ['BROKER-029'],
    closesOnce: ['BROKER-043'],
    answersAfterClose: ['BROKER-044'],
    closesOthers: ['BROKER-047'],
    declaresOtherwise: ['BROKER-051'],
    other: (capabilities) => ({ ...capabilities, rank: !capabilities.rank }),
  }),
];
