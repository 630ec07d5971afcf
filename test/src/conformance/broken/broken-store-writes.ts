import type { DocumentStore, Stored, Transaction, Write } from '@waybill/core';
import { answers, type BrokenStore, faulty, one, sends, writes } from './broken-store.ts';
import { restartsVersions } from './restarts-versions.ts';

const committedVersion = (change: (version: number, transaction: Transaction) => number) =>
  answers((outcome, transaction) =>
    outcome.result === 'conflict' ? outcome : { ...outcome, version: change(outcome.version, transaction) },
  );

const committedDocuments = (change: (documents: readonly (Stored | undefined)[]) => (Stored | undefined)[]) =>
  answers((outcome) =>
    outcome.result === 'conflict' || outcome.documents === undefined
      ? outcome
      : { ...outcome, documents: change(outcome.documents) },
  );

const patches = (change: (write: Write, store: DocumentStore) => Promise<Write> | Write) =>
  writes((write, store) => (write.kind === 'patch' ? change(write, store) : write));

/** Faults of put, patch, delete and of what a commit answers. */
export const brokenWrites: readonly BrokenStore[] = [
  faulty(
    'answers another version than it stores',
    ['STORE-001', 'STORE-003', 'STORE-008'],
    committedVersion((version) => version + 1),
  ),
  faulty(
    'merges a put into what is there',
    ['STORE-002'],
    writes(async (write, store) => {
      if (write.kind !== 'put') return write;
      return { ...write, fields: { ...(await one(store, write.key))?.fields, ...write.fields } };
    }),
  ),
  faulty(
    'takes a patch for a put',
    ['STORE-003', 'STORE-049'],
    patches((write) => ({ ...write, kind: 'put' }) as Write), // both have fields
  ),
  faulty(
    'does not remove fields that a patch sets to undefined',
    ['STORE-004', 'STORE-016', 'STORE-077'],
    patches((write) => JSON.parse(JSON.stringify(write))),
  ),
  faulty(
    'takes undefined in a patch for null',
    ['STORE-004'],
    patches((write) => JSON.parse(JSON.stringify(write, (_, value: unknown) => value ?? null))),
  ),
  faulty(
    'creates what is patched and absent',
    ['STORE-005', 'STORE-025', 'STORE-058'],
    patches(
      async (write, store) =>
        (await one(store, write.key)) === undefined ? ({ ...write, kind: 'put' } as Write) : write, // both have fields
    ),
  ),
  faulty(
    'deletes nothing',
    ['STORE-006', 'STORE-012', 'STORE-013'],
    writes((write) => (write.kind === 'delete' ? undefined : write)),
  ),
  faulty(
    'expects of a delete that there is something',
    ['STORE-006'],
    sends(({ expect, ...rest }) => ({
      ...rest,
      expect: [
        ...expect,
        ...rest.writes
          .filter(({ kind }) => kind === 'delete')
          .map(({ key }) => ({ kind: 'fields' as const, key, fields: {} })),
      ],
    })),
  ),
  {
    fault: 'starts the versions of a new document at 1',
    caughtBy: ['STORE-007', 'STORE-012'],
    breaker: () => restartsVersions(),
  },
  faulty(
    'answers a version where nothing was written',
    ['STORE-008', 'STORE-020', 'STORE-030'],
    committedVersion((version) => version || 7),
  ),
  faulty(
    'answers a version where something was only deleted',
    ['STORE-115'],
    committedVersion((version, { writes }) => version || writes.length),
  ),
  faulty('gives each document of a transaction its own version', ['STORE-008'], (store) => ({
    get: async (keys) => {
      const stored = await store.get(keys);
      return stored.map((each, n) => each && { ...each, version: each.version + n });
    },
  })),
  faulty(
    'answers reads in an order of its own',
    ['STORE-009'],
    committedDocuments((documents) => documents.toReversed()),
  ),
  faulty(
    'answers only those reads that there are',
    ['STORE-009'],
    committedDocuments((documents) => documents.filter((each) => each !== undefined)),
  ),
  faulty('answers reads as they were before', ['STORE-009', 'STORE-062'], (store) => ({
    commit: async (batch) => {
      const before: (Stored | undefined)[][] = [];
      for (const { reads = [] } of batch) before.push([...(await store.get(reads))]);
      const outcomes = await store.commit(batch);
      return outcomes.map((outcome, n) =>
        outcome.result === 'committed' && outcome.documents
          ? { ...outcome, documents: before[n] ?? [] }
          : outcome,
      );
    },
  })),
  faulty(
    'writes to one collection only',
    ['STORE-010'],
    sends((transaction) => {
      const [first] = transaction.writes;
      return {
        ...transaction,
        writes: transaction.writes.filter(({ key }) => key.collection === first?.key.collection),
      };
    }),
  ),
];
