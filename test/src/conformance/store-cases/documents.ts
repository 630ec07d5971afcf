import assert from 'node:assert/strict';
import type {
  CollectionSpec,
  CommitOutcome,
  DocumentStore,
  Expectation,
  Fields,
  Key,
  Stored,
  Transaction,
  Write,
} from '@waybill/core';
import type { World } from '../world.ts';

/** The collection in which most cases play. */
export const things: CollectionSpec = {
  name: 'things',
  indexes: [
    { name: 'byRank', fields: ['rank'] },
    { name: 'byGroupAndRank', fields: ['group', 'rank'] },
    { name: 'everywhereByRank', fields: ['rank'], acrossTenants: true },
  ],
};

export const key = (id: string, tenant = 'acme', collection = things.name): Key => ({
  collection,
  tenant,
  id,
});

export const put = (key: Key, fields: Fields): Write => ({ kind: 'put', key, fields });
export const patch = (key: Key, fields: Fields): Write => ({ kind: 'patch', key, fields });
export const remove = (key: Key): Write => ({ kind: 'delete', key });
export const absent = (key: Key): Expectation => ({ kind: 'absent', key });
export const at = (key: Key, version: number): Expectation => ({ kind: 'version', key, version });
export const having = (key: Key, fields: Record<string, string | number | boolean | null>): Expectation => ({
  kind: 'fields',
  key,
  fields,
});

/** A client of an empty namespace that knows `things` and these collections. */
export const stocked = async (
  world: World<DocumentStore>,
  ...more: readonly CollectionSpec[]
): Promise<DocumentStore> => {
  const store = await world.fresh();
  await store.prepare([things, ...more]);
  return store;
};

/** A second client of that namespace. */
export const rivalOf = async (
  world: World<DocumentStore>,
  ...more: readonly CollectionSpec[]
): Promise<DocumentStore> => {
  const store = await world.another();
  await store.prepare([things, ...more]);
  return store;
};

/** Commits one transaction and answers its outcome. */
export const attempt = async (
  store: DocumentStore,
  transaction: Partial<Transaction>,
): Promise<CommitOutcome> => {
  const outcomes = await store.commit([{ expect: [], writes: [], ...transaction }]);
  assert.equal(outcomes.length, 1, 'commit answers each transaction once');
  const [outcome] = outcomes;
  assert.ok(outcome);
  return outcome;
};

/** Commits these writes, which nothing hinders, and answers their version. */
export const write = async (store: DocumentStore, ...writes: readonly Write[]): Promise<number> => {
  const outcome = await attempt(store, { writes });
  assert.equal(outcome.result, 'committed', 'a transaction that expects nothing commits');
  return outcome.version;
};

/** Asserts that the transaction is refused. */
export const conflicts = async (store: DocumentStore, transaction: Partial<Transaction>): Promise<void> => {
  const { result } = await attempt(store, transaction);
  assert.equal(result, 'conflict');
};

/** Asserts that the transaction commits, and answers its version. */
export const commits = async (store: DocumentStore, transaction: Partial<Transaction>): Promise<number> => {
  const outcome = await attempt(store, transaction);
  assert.equal(outcome.result, 'committed');
  return outcome.version;
};

export const read = async (store: DocumentStore, key: Key): Promise<Stored | undefined> => {
  const answers = await store.get([key]);
  assert.equal(answers.length, 1, 'get answers each key once');
  return answers[0];
};

/** The document that must be there. */
export const found = async (store: DocumentStore, key: Key): Promise<Stored> => {
  const stored = await read(store, key);
  assert.ok(stored, `${key.collection} ${JSON.stringify(key.id)} is missing`);
  return stored;
};

export const fieldsOf = async (store: DocumentStore, key: Key): Promise<Fields | undefined> =>
  (await read(store, key))?.fields;
