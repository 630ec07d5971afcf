import { ConnectionError, isWaybillError, type Page, type Ports } from '@waybill/core';
import { outbox, tasks } from '../records.ts';
import type { Mutant } from './mutant.ts';
import { tamper } from './tamper.ts';

const empty: Page = { documents: [] };

/** A dispatcher that believes that every ticket it has ever issued still waits somewhere. */
const withoutExpiry = (ports: Ports): Ports => {
  const issued = new Set<string>();
  const { broker } = ports;
  return {
    ...tamper({
      page: ({ collection, equals }, page) =>
        collection === tasks && equals[0] === 'available'
          ? {
              ...page,
              documents: page.documents.filter(
                ({ key, fields }) => !issued.has(`${key.id} ${String(fields['epoch'])}`),
              ),
            }
          : page,
    })(ports),
    broker: {
      capabilities: broker.capabilities,
      enqueue: (tickets) => {
        for (const { taskId, epoch } of tickets) issued.add(`${taskId} ${epoch}`);
        return broker.enqueue(tickets);
      },
      acquire: (demand) => broker.acquire(demand),
      depth: () => broker.depth(),
      clear: (queues) => broker.clear(queues),
      close: () => broker.close(),
    },
  };
};

/** What brings back what was lost. */
export const recovery: readonly Mutant[] = [
  {
    name: 'no-reaper',
    bug: 'nobody takes tasks back from workers that have died',
    ports: tamper({
      page: ({ collection, equals }, page) => (collection === tasks && equals[0] === 'held' ? empty : page),
    }),
  },
  {
    name: 'no-promotion',
    bug: 'a task that is delayed never becomes available',
    ports: tamper({
      page: ({ collection, equals }, page) =>
        collection === tasks && equals[0] === 'delayed' ? empty : page,
    }),
  },
  {
    name: 'tickets-never-expire',
    bug: 'a ticket that got lost is never issued again',
    ports: withoutExpiry,
  },
  {
    name: 'no-relay-of-others',
    bug: 'what a dead worker has left in the outbox is never sent',
    ports: tamper({ page: ({ collection }, page) => (collection === outbox ? empty : page) }),
  },
  {
    name: 'no-renewal',
    bug: 'a lease runs out while its holder still works',
    ports: tamper({
      transaction: (given, aim) => (aim === 'renew' ? { ...given, writes: [] } : given),
    }),
  },
  {
    name: 'doubt-taken-for-failure',
    bug: 'a commit without an answer is taken for one that did not happen',
    ports: tamper({
      commit: (batch, store) =>
        store.commit(batch).catch((error: unknown) => {
          throw isWaybillError(error) && error.code === 'WB_IN_DOUBT'
            ? new ConnectionError(error.message)
            : error;
        }),
    }),
  },
];
