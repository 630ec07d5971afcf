import assert from 'node:assert/strict';
import type { CommitOutcome, DocumentStore, Expectation, Key, Seen, Transaction } from '@waybill/core';
import type { ClientNumber, Clients } from './clients.ts';
import type { StoreCommand, StoreModel } from './store-commands.ts';
import { writeBatch, writeKey } from './store-notation.ts';
import type { StoreOracle } from './store-oracle.ts';
import { type Expected, type Intended, keys } from './store-space.ts';

type StoreClients = Clients<DocumentStore>;

/** Batches sent at the same time, each by its client. */
export class Commit implements StoreCommand {
  readonly #batches: readonly { readonly by: ClientNumber; readonly batch: readonly Intended[] }[];

  constructor(batches: readonly { readonly by: ClientNumber; readonly batch: readonly Intended[] }[]) {
    this.#batches = batches;
  }

  check(): boolean {
    return true;
  }

  async run(model: StoreModel, clients: StoreClients): Promise<void> {
    const sent = this.#batches.map(({ by, batch }) => ({
      by,
      batch: batch.map((each) => resolve(each, model.oracle)),
    }));
    const answers = await Promise.all(sent.map(({ by, batch }) => clients.client(by).commit(batch)));
    for (const [n, { batch }] of sent.entries())
      assert.equal(answers[n]?.length, batch.length, 'one answer each');
    const [reader] = this.#batches;
    const documents = await clients.client(reader?.by ?? 0).get(keys);
    model.oracle = explain(
      model.oracle,
      sent.flatMap(({ batch }) => batch),
      answers.flat(),
      documents,
    );
  }

  toString(): string {
    const sent = this.#batches.map(({ by, batch }) => ({ by, written: writeBatch(batch) }));
    const shown = sent.filter(({ written }, n) => n === 0 || written !== '');
    return shown.map(({ by, written }) => `client${by}.commit(${written})`).join(' and at once ');
  }
}

const resolve = ({ expect, writes, readBack }: Intended, oracle: StoreOracle): Transaction => ({
  expect: expect.map((each) => resolveExpected(each, oracle)),
  writes,
  ...(readBack && { reads: writes.map(({ key }) => key) }),
});

const resolveExpected = (expected: Expected, oracle: StoreOracle): Expectation => {
  switch (expected.kind) {
    case 'as it is': {
      const { key } = expected;
      const stored = oracle.get(key);
      return stored === undefined
        ? { kind: 'absent', key }
        : { kind: 'version', key, version: stored.version };
    }
    case 'fields as they are': {
      const { key, names } = expected;
      const fields = oracle.get(key)?.fields;
      if (fields === undefined) return { kind: 'absent', key };
      const is = names.map((name) => [name, Object.hasOwn(fields, name) ? fields[name] : null]);
      return {
        kind: 'fields',
        key,
        fields: Object.fromEntries(is.filter(([, value]) => value === null || typeof value !== 'object')),
      };
    }
    case 'version': {
      const former = expected.version === 'former' ? oracle.versionsOf(expected.key).at(-2) : undefined;
      return { ...expected, version: former ?? Number.MAX_SAFE_INTEGER };
    }
    case 'range':
      return { ...expected, seen: seenAs(expected.seen, oracle.seenBy(expected.query)) };
    default:
      return expected;
  }
};

const seenAs = (
  what: 'all' | 'all but the last' | 'former versions',
  now: readonly Seen[],
): readonly Seen[] => {
  if (what === 'all') return now;
  return what === 'all but the last'
    ? now.slice(0, -1)
    : now.map((each) => ({ ...each, version: each.version - 1 }));
};

/** The state after the transactions in some order in which they may have given these answers and documents. */
const explain = (
  before: StoreOracle,
  transactions: readonly Transaction[],
  outcomes: readonly CommitOutcome[],
  documents: readonly unknown[],
): StoreOracle => {
  let firstFailure: unknown;
  for (const order of permutations(transactions.map((_, n) => n))) {
    try {
      const oracle = before.copy();
      for (const n of order) replay(oracle, transactions[n], outcomes[n]);
      assert.deepEqual(documents, oracle.all(), 'the documents after the commit');
      return oracle;
    } catch (failure) {
      firstFailure ??= failure;
    }
  }
  throw firstFailure;
};

const replay = (
  oracle: StoreOracle,
  transaction: Transaction | undefined,
  outcome: CommitOutcome | undefined,
): void => {
  assert.ok(transaction && outcome);
  const objections = oracle.objections(transaction);
  assert.equal(outcome.result, objections.length === 0 ? 'committed' : 'conflict');
  if (outcome.result === 'conflict') {
    const { key } = outcome;
    assert.ok(
      key === undefined || objections.some((each) => isSame(each, key)),
      `${key && writeKey(key)} did not object`,
    );
    return;
  }
  oracle.apply(transaction, outcome.version);
  if (transaction.writes.length === 0) assert.equal(outcome.version, 0, 'the version of nothing written');
  assert.deepEqual(
    outcome.documents,
    transaction.reads?.map((key) => oracle.get(key)),
    'the documents read back',
  );
};

const isSame = (a: Key | undefined, b: Key): boolean =>
  a?.collection === b.collection && a.tenant === b.tenant && a.id === b.id;

function* permutations(items: readonly number[]): Generator<readonly number[]> {
  if (items.length === 0) yield [];
  for (const item of items)
    for (const rest of permutations(items.filter((each) => each !== item))) yield [item, ...rest];
}
