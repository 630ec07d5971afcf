import { randomUUID } from 'node:crypto';
import { coalesce, type CommitOutcome, type Key, type Transaction } from '@waybill/core';
import { openMongodbStore } from '@waybill/store-mongodb';
import { type Committing, text } from './committing.ts';
import { dropDatabase, serverUrl } from './server.ts';

const key = (n: number): Key => ({ collection: 'things', tenant: 'bench', id: String(n) });
/** As core keeps its own records, of which nobody relies on a query. */
const taskKey = (n: number): Key => ({ ...key(n), collection: 'waybill.things' });

/** The store as the engine uses it: whoever commits while a request is under way shares the next one. */
export const openWaybillStore = async (): Promise<Committing> => {
  const database = randomUUID();
  const store = await openMongodbStore({ url: serverUrl(), database, requestMs: 60_000 });
  const indexes = [{ name: 'byPhase', fields: ['phase', 'at'] as const }];
  await store.prepare(['things', 'waybill.things'].map((name) => ({ name, indexes })));
  const together = coalesce<Transaction, CommitOutcome>((batch) => store.commit(batch));
  const commit = async (transaction: Transaction): Promise<void> => {
    const { result } = await together.add(transaction);
    if (result !== 'committed') throw new Error('a conflict that nobody has caused');
  };
  const from = (document: number, phase: string, to: string, reads: boolean): Transaction => ({
    expect: [{ kind: 'fields', key: taskKey(document), fields: { phase } }],
    writes: [{ kind: 'patch', key: taskKey(document), fields: { phase: to, at: document } }],
    ...(reads && { reads: [taskKey(document)] }),
  });
  return {
    fill: async (count) => {
      for (let n = 0; n < count; n += 500) {
        const ids = Array.from({ length: Math.min(500, count - n) }, (_, i) => n + i);
        for (const keyOf of [key, taskKey])
          await store.commit(
            ids.map((id) => ({
              expect: [{ kind: 'absent', key: keyOf(id) }],
              writes: [{ kind: 'put', key: keyOf(id), fields: { phase: 'open', at: id, n: 0, text } }],
            })),
          );
      }
    },
    change: (documents, n) =>
      commit({
        expect: documents.map((id) => ({ kind: 'fields', key: key(id), fields: { phase: 'open' } })),
        writes: documents.map((id) => ({ kind: 'patch', key: key(id), fields: { n } })),
      }),
    claim: (document) => commit(from(document, 'open', 'held', true)),
    finish: (document) => commit(from(document, 'held', 'done', false)),
    close: async () => {
      await store.close();
      await dropDatabase(database);
    },
  };
};
