import type { CommitOutcome, DocumentStore, Transaction } from '@waybill/core';
import { type BrokenStore, faulty, one, sends, writes } from './broken-store.ts';

/** Commits one transaction after the other, each as a batch of its own. */
const oneByOne = async (store: DocumentStore, batch: readonly Transaction[]): Promise<CommitOutcome[]> => {
  const outcomes: CommitOutcome[] = [];
  for (const transaction of batch) outcomes.push(...(await store.commit([transaction])));
  return outcomes;
};

const commits =
  (commit: (store: DocumentStore, batch: readonly Transaction[]) => Promise<CommitOutcome[]>) =>
  (store: DocumentStore): Pick<DocumentStore, 'commit'> => ({ commit: (batch) => commit(store, batch) });

const committed: CommitOutcome = { result: 'committed', version: 1 };

/** Faults of atomicity, batches and concurrency. */
export const brokenCommits: readonly BrokenStore[] = [
  faulty(
    'leaves half of a transaction behind when it conflicts',
    ['STORE-022', 'STORE-023', 'STORE-024', 'STORE-025'],
    commits(async (store, batch) => {
      const outcomes = await store.commit(batch);
      for (const [n, outcome] of outcomes.entries())
        if (outcome.result === 'conflict') {
          const [first] = batch[n]?.writes ?? [];
          if (first !== undefined) await store.commit([{ expect: [], writes: [first] }]);
        }
      return [...outcomes];
    }),
  ),
  faulty(
    'forgets the last write of a transaction',
    ['STORE-008', 'STORE-010', 'STORE-032'],
    sends((sent) => ({
      ...sent,
      writes: sent.writes.slice(0, Math.max(1, sent.writes.length - 1)),
      reads: sent.reads ?? [],
    })),
  ),
  faulty(
    'forgets writes after the fiftieth',
    ['STORE-032'],
    sends((sent) => ({ ...sent, writes: sent.writes.slice(0, 50) })),
  ),
  faulty(
    'answers a batch in the order in which it likes',
    ['STORE-027', 'STORE-031'],
    commits(async (store, batch) => [...(await store.commit(batch))].reverse()),
  ),
  faulty(
    'answers only the first eight transactions of a batch with their documents',
    ['STORE-118'],
    commits(async (store, batch) =>
      (await store.commit(batch)).map((outcome, n) =>
        outcome.result === 'committed' && n >= 8 && outcome.documents !== undefined
          ? { ...outcome, documents: [] }
          : outcome,
      ),
    ),
  ),
  faulty(
    'stops at the first conflict of a batch',
    ['STORE-027'],
    commits(async (store, batch) => {
      const outcomes: CommitOutcome[] = [];
      for (const transaction of batch)
        if (outcomes.some(({ result }) => result === 'conflict')) outcomes.push({ result: 'conflict' });
        else outcomes.push(...(await store.commit([transaction])));
      return outcomes;
    }),
  ),
  faulty(
    'checks a whole batch before it writes any of it',
    ['STORE-028', 'STORE-031'],
    commits(async (store, batch) => {
      const checked = await store.commit(batch.map(({ expect }) => ({ expect, writes: [] })));
      const outcomes: CommitOutcome[] = [];
      for (const [n, transaction] of batch.entries())
        if (checked[n]?.result === 'conflict') outcomes.push(checked[n]);
        else outcomes.push(...(await store.commit([{ ...transaction, expect: [] }])));
      return outcomes;
    }),
  ),
  faulty(
    'gives a whole batch one version',
    ['STORE-029'],
    commits(async (store, batch) => {
      const outcomes = await store.commit(batch);
      const version = Math.max(
        ...outcomes.map((outcome) => (outcome.result === 'committed' ? outcome.version : 0)),
      );
      return outcomes.map((outcome) => (outcome.result === 'committed' ? { ...outcome, version } : outcome));
    }),
  ),
  faulty(
    'refuses an empty batch',
    ['STORE-030'],
    commits(async (store, batch) => [
      ...(await store.commit(batch.length === 0 ? [{ expect: [], writes: [] }] : batch)),
    ]),
  ),
  faulty(
    'answers for a hundredth transaction and beyond without committing it',
    ['STORE-031'],
    commits(async (store, batch) => [
      ...(await store.commit(batch.slice(0, 99))),
      ...batch.slice(99).map(() => committed),
    ]),
  ),
  faulty(
    'commits the writes of a transaction one by one',
    ['STORE-050', 'STORE-051', 'STORE-008'],
    commits(async (store, batch) => {
      const outcomes: CommitOutcome[] = [];
      for (const { writes, ...rest } of batch) {
        const [first, ...more] = writes.map((write) => ({ expect: [], writes: [write] }));
        const parts = await oneByOne(store, [{ ...rest, writes: first?.writes ?? [], reads: [] }, ...more]);
        outcomes.push(parts.find(({ result }) => result === 'conflict') ?? parts.at(-1) ?? committed);
      }
      return outcomes;
    }),
  ),
  faulty(
    'puts the whole document where it should patch, with what it read before',
    ['STORE-049'],
    writes(async (write, store) => {
      if (write.kind !== 'patch') return write;
      const before = await one(store, write.key);
      return before === undefined
        ? write
        : { kind: 'put', key: write.key, fields: { ...before.fields, ...write.fields } };
    }),
  ),
  faulty('gets each document by itself', ['STORE-050'], (store) => ({
    get: async (keys) => {
      const stored = [];
      for (const key of keys) stored.push(await one(store, key));
      return stored;
    },
  })),
  faulty('finds places first and gets each document later', ['STORE-051'], (store) => ({
    find: async (query) => {
      const page = await store.find(query);
      const documents = [];
      for (const { key } of page.documents) documents.push(await one(store, key));
      return { ...page, documents: documents.filter((stored) => stored !== undefined) };
    },
  })),
];
