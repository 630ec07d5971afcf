import type { DocumentStore, Query, Stored } from '@waybill/core';
import { ignores, writes } from '../conformance/broken/broken-store.ts';
import { harnesses as memory } from '../harness/memory.ts';
import { describeModel } from './describe-model.ts';
import { quickJournaled } from './quick-journaled.ts';
import { quickSqlite } from './quick-sqlite.ts';
import { storeProperty } from './store-model.ts';

const all = async (store: DocumentStore, query: Query): Promise<Stored[]> => {
  const { after: _, ...whole } = query;
  return [...(await store.find({ ...whole, limit: 1000 })).documents];
};

describeModel({
  promise: 'no sequence of calls tells a store from a list of documents',
  property: storeProperty,
  technologies: [
    { name: 'memory', open: memory.store!, runs: 3000 },
    { name: 'journaled', open: quickJournaled, runs: 500 },
    { name: 'sqlite', open: () => quickSqlite('store'), runs: 500 },
  ],
  faults: [
    { fault: 'does not look at ranges', change: ignores('range') },
    {
      fault: 'lets a patch replace the document',
      change: writes((write) => (write.kind === 'patch' ? { ...write, kind: 'put' } : write)),
    },
    {
      fault: 'forgets the last write of a transaction of three or more',
      change: (store) => ({
        commit: (batch) =>
          store.commit(
            batch.map(({ writes, ...rest }) => ({
              ...rest,
              writes: writes.slice(0, writes.length > 2 ? -1 : undefined),
            })),
          ),
      }),
    },
    {
      fault: 'counts documents instead of keeping a place between pages',
      change: (store) => ({
        find: async (query) => {
          const skipped = Number(query.after ?? 0);
          const documents = await all(store, query);
          const next = skipped + query.limit;
          return {
            documents: documents.slice(skipped, next),
            ...(query.limit > 0 && documents.length > next && { next: `${next}` }),
            ...(query.total && { total: documents.length }),
          };
        },
      }),
    },
    {
      fault: 'orders ids by UTF-16 code units',
      change: (store) => ({
        find: async (query) => {
          const page = await store.find(query);
          const sameRank = (a: Stored, b: Stored): boolean =>
            a.fields['rank'] === b.fields['rank'] && a.key.tenant === b.key.tenant;
          const up = query.order === 'desc' ? -1 : 1;
          const documents = [...page.documents].sort((a, b) =>
            sameRank(a, b) ? (a.key.id < b.key.id ? -up : up) : 0,
          );
          return { ...page, documents };
        },
      }),
    },
    {
      fault: 'answers a conflict for the document that it could not find, and commits the rest',
      shownBy: ['client0.commit([patch alpha/acme/a {}, put beta/acme/a {}])'],
      change: (store) => ({
        commit: async (batch) => {
          const outcomes = await store.commit(batch);
          for (const [n, outcome] of outcomes.entries()) {
            const rest = batch[n]?.writes.filter((write) => write.kind !== 'patch') ?? [];
            if (outcome.result === 'conflict' && rest.length > 0)
              await store.commit([{ expect: [], writes: rest }]);
          }
          return outcomes;
        },
      }),
    },
  ],
});
