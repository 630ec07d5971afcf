import { AlreadySettledError, type TaskBroker, type Ticket } from '@waybill/core';
import { altered } from './altered.ts';
import { type BrokenBroker, enqueues, faulty, type Loan, lends, settles, shows } from './broken-broker.ts';

const retried = (change: (loan: Loan, broker: TaskBroker) => Promise<void>) =>
  settles((loan, broker) => ({
    rollback: (next) => (next.to === 'retry' ? change(loan, broker) : loan.rollback(next)),
  }));

const tickets = (change: (ticket: Ticket) => Ticket) => enqueues((all) => all.map(change));

/** Refuses whatever comes after the first settlement. */
const settlesOnce = (loan: Loan): Partial<Loan> => {
  let settled = false;
  const once = (settle: () => Promise<void>): Promise<void> => {
    if (settled) return Promise.reject(new AlreadySettledError('settled already'));
    settled = true;
    return settle();
  };
  return { commit: () => once(() => loan.commit()), rollback: (next) => once(() => loan.rollback(next)) };
};

const lendsTwice: BrokenBroker = {
  fault: 'lends what another client has just taken',
  caughtBy: ['BROKER-015', 'BROKER-002'],
  breaker: () => {
    const lent: { readonly by: TaskBroker; readonly loan: Loan }[] = [];
    return (broker) =>
      altered(broker, {
        acquire: async (demand) => {
          const other = lent.findIndex(({ by }) => by !== broker);
          const again = lent.splice(other, other < 0 ? 0 : 1).map(({ loan }) => loan);
          if (again.length > 0) return again;
          const loans = await broker.acquire(demand);
          lent.push(...loans.map((loan) => ({ by: broker, loan })));
          return loans;
        },
      });
  },
};

const keepsRetries: BrokenBroker = {
  fault: 'keeps what is rolled back for the client that had it',
  caughtBy: ['BROKER-005'],
  breaker: () => (broker) => {
    const kept: Loan[] = [];
    const keeping = (loan: Loan): Loan => ({
      ...loan,
      rollback: async (next) => (next.to === 'retry' ? void kept.push(loan) : loan.rollback(next)),
    });
    return altered(broker, {
      acquire: async (demand) => {
        const loans = kept.length > 0 ? kept.splice(0) : await broker.acquire(demand);
        return loans.map(keeping);
      },
    });
  },
};

/** Faults of tickets on loan. */
export const brokenLoans: readonly BrokenBroker[] = [
  faulty(
    'forgets the rank of a ticket',
    ['BROKER-001', 'BROKER-004', 'BROKER-013'],
    shows((ticket) => ({ ...ticket, rank: 5 })),
  ),
  faulty(
    'forgets the tenant of a ticket',
    ['BROKER-001', 'BROKER-012'],
    shows((ticket) => ({ ...ticket, tenant: 'acme' })),
  ),
  faulty('lends a ticket and keeps it waiting', ['BROKER-002', 'BROKER-003'], (broker) => ({
    acquire: async (demand) => {
      const loans = await broker.acquire(demand);
      await broker.enqueue(loans.map(({ item }) => item));
      return loans;
    },
  })),
  faulty(
    'brings back what was committed',
    ['BROKER-003', 'BROKER-004', 'BROKER-012'],
    settles((loan, broker) => ({
      commit: async () => void (await loan.commit(), await broker.enqueue([loan.item])),
    })),
  ),
  faulty(
    'drops what is rolled back to retry',
    [
      'BROKER-004',
      'BROKER-005',
      'BROKER-007',
      'BROKER-008',
      'BROKER-010',
      'BROKER-022',
      'BROKER-026',
      'BROKER-035',
    ],
    retried((loan) => loan.rollback({ to: 'drop' })),
  ),
  faulty(
    'counts retries in the epoch',
    ['BROKER-004', 'BROKER-011'],
    retried(async ({ item, ...loan }, broker) => {
      await loan.commit();
      await broker.enqueue([{ ...item, epoch: item.epoch + 1 }]);
    }),
  ),
  keepsRetries,
  faulty(
    'retries what is to be dropped',
    ['BROKER-006', 'BROKER-009', 'BROKER-010', 'BROKER-026'],
    settles((loan) => ({ rollback: () => loan.rollback({ to: 'retry' }) })),
  ),
  faulty(
    'drops what is rolled back with a delay',
    ['BROKER-007'],
    settles((loan) => ({
      rollback: (next) =>
        loan.rollback(next.to === 'retry' && next.delayMs !== undefined ? { to: 'drop' } : next),
    })),
  ),
  faulty('refuses to settle again', ['BROKER-008'], settles(settlesOnce)),
  faulty(
    'enqueues anew with each rollback',
    ['BROKER-008'],
    settles((loan, broker) => ({
      rollback: async (next) => {
        if (next.to === 'drop') return loan.rollback(next);
        await loan.rollback({ to: 'drop' });
        await broker.enqueue([loan.item]);
      },
    })),
  ),
  faulty(
    'accepts any settlement after the first',
    ['BROKER-009'],
    settles((loan) => {
      let settled = false;
      const first = async (settle: () => Promise<void>): Promise<void> => {
        if (settled) return;
        settled = true;
        await settle();
      };
      return {
        commit: () => first(() => loan.commit()),
        rollback: (next) => first(() => loan.rollback(next)),
      };
    }),
  ),
  faulty(
    'commits a whole batch with each of its loans',
    ['BROKER-010'],
    settles((_, __, all) => ({
      commit: async () => void (await Promise.allSettled(all.map((loan) => loan.commit()))),
    })),
  ),
  faulty('takes a task that it knows for a repetition', ['BROKER-011'], (broker) => {
    const known = new Set<string>();
    const isNew = ({ taskId }: Ticket): boolean => !known.has(taskId) && known.add(taskId) !== undefined;
    return { enqueue: (all) => broker.enqueue(all.filter(isNew)) };
  }),
  faulty(
    'normalises ids',
    ['BROKER-012'],
    tickets((ticket) => ({ ...ticket, taskId: ticket.taskId.normalize('NFC') })),
  ),
  faulty(
    'keeps a set of tenants and ids with a colon between',
    ['BROKER-012'],
    tickets(({ tenant, taskId, ...ticket }) => {
      const [first = '', ...rest] = `${tenant}:${taskId}`.split(':');
      return { ...ticket, tenant: first, taskId: rest.join(':') };
    }),
  ),
  faulty(
    'keeps epochs in 16 bits',
    ['BROKER-013'],
    shows((ticket) => ({ ...ticket, epoch: ticket.epoch & 0xffff })),
  ),
  faulty(
    'takes rank 0 for none',
    ['BROKER-013'],
    shows((ticket) => ({ ...ticket, rank: ticket.rank || 5 })),
  ),
  faulty('loses every thousandth ticket', ['BROKER-014'], (broker) => {
    let count = 0;
    return { enqueue: (all) => broker.enqueue(all.filter(() => ++count % 1_000 !== 0)) };
  }),
  lendsTwice,
  faulty('ends loans when a queue is cleared', ['BROKER-028'], (broker) => {
    let cleared = false;
    return {
      clear: async (queues) => {
        cleared = true;
        await broker.clear(queues);
      },
      ...lends((loan) => ({
        ...loan,
        commit: () => (cleared ? Promise.reject(new AlreadySettledError('the loan is over')) : loan.commit()),
      }))(broker),
    };
  }),
];
