import { type Delivery, queueNames, type TaskBroker, type Ticket } from '@waybill/core';
import { harnesses as memory } from '../harness/memory.ts';
import { brokerProperty } from './broker-model.ts';
import { describeModel } from './describe-model.ts';
import { quickSqlite } from './quick-sqlite.ts';

/** Changes what is delivered. */
const delivers =
  (change: (deliveries: readonly Delivery<Ticket>[]) => readonly Delivery<Ticket>[]) =>
  (broker: TaskBroker) => ({
    acquire: async (demand: Parameters<TaskBroker['acquire']>[0]) => change(await broker.acquire(demand)),
  });

describeModel({
  promise: 'no sequence of calls tells a broker from a list of tickets',
  property: brokerProperty,
  technologies: [
    { name: 'memory', open: memory.broker!, runs: 3000 },
    { name: 'sqlite', open: () => quickSqlite('broker'), runs: 1000 },
  ],
  faults: [
    {
      fault: 'drops what is to be retried',
      change: delivers((deliveries) =>
        deliveries.map(({ item, commit, rollback }) => ({
          item,
          commit,
          rollback: () => rollback({ to: 'drop' }),
        })),
      ),
    },
    {
      fault: 'delivers a committed ticket once more',
      shownBy: [
        'client0.enqueue(critical 5)',
        'client0.acquire(1 critical)',
        'loan0.commit()',
        'client0.acquire(1 critical)',
      ],
      change: (broker) =>
        delivers((deliveries) =>
          deliveries.map(({ item, rollback }) => ({
            item,
            commit: () => rollback({ to: 'retry' }),
            rollback,
          })),
        )(broker),
    },
    { fault: 'puts lower ranks first', change: delivers((deliveries) => deliveries.toReversed()) },
    {
      fault: 'clears every queue',
      change: (broker) => ({ clear: () => broker.clear(['critical', 'normal', 'batch']) }),
    },
    {
      fault: 'does not wait',
      change: (broker) => ({ acquire: ({ wanted }) => broker.acquire({ wanted, waitMs: 0 }) }),
    },
    {
      fault: 'puts what is given back at the end',
      change: (broker) =>
        delivers((deliveries) =>
          deliveries.map(({ item, commit, rollback }) => ({
            item,
            commit,
            rollback: async (next) => {
              await rollback({ to: 'drop' });
              if (next.to === 'retry') await broker.enqueue([item]);
            },
          })),
        )(broker),
    },
    {
      fault: 'serves the most urgent queue first, whatever is wanted',
      change: (broker) => ({
        acquire: ({ wanted, ...rest }) =>
          broker.acquire({
            ...rest,
            wanted: wanted.toSorted((a, b) => queueNames.indexOf(a.queue) - queueNames.indexOf(b.queue)),
          }),
      }),
    },
  ],
});
