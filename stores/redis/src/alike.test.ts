import * as fc from 'fast-check';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { CommitOutcome, Expectation, Fields, Key, Transaction, Write } from '@waybill/core';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { describeService } from '@waybill/testing/services/vitest';
import { test } from 'vitest';
import { openRedisStore, type RedisStore } from './index.ts';

const keys: readonly Key[] = ['things', 'others'].flatMap((collection) =>
  ['acme', 'other'].flatMap((tenant) => ['1', '2', '3', '4'].map((id) => ({ collection, tenant, id }))),
);
const indexes = [
  { name: 'by-n', fields: ['n'] },
  { name: 'by-state', fields: ['state', 'at'], acrossTenants: true },
  { name: 'by-name', fields: ['name'], acrossTenants: true },
] as const;
const late = { name: 'by-late', fields: ['late'] } as const;
const specs = [
  { name: 'things', indexes, apart: ['owner', 'note'] },
  { name: 'others', indexes: [...indexes, late], apart: ['note'] },
];

const fields: fc.Arbitrary<Fields> = fc.record(
  {
    state: fc.constantFrom('a', 'b', null),
    at: fc.constantFrom(1, 2, 2 ** 40),
    n: fc.constantFrom(0, 1, '1'),
    name: fc.constantFrom('x', 'y\0', '\u00e9"', 7),
    owner: fc.constantFrom('w', '\\', null, { of: 'w' }),
    note: fc.constantFrom('short', 'large'.repeat(60), 'larger'.repeat(200)),
    more: fc.constantFrom([1], 'large'.repeat(110)),
  },
  { requiredKeys: ['at'], noNullPrototype: true },
);
const some = fc.record(
  { state: fc.constantFrom('a', 'b', null), at: fc.constantFrom(1, 2) },
  { requiredKeys: [], noNullPrototype: true },
);
const key = fc.constantFrom(...keys);
const expected = (on: Key): fc.Arbitrary<Expectation> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Expectation>({ kind: 'absent', key: on }) },
    fc.record({ kind: fc.constant('fields'), key: fc.constant(on), fields: some }),
  );

/** Of a few documents, so that many are put one after the other that have much in common. */
const batchOf = (drafts: readonly Fields[]): fc.Arbitrary<readonly Transaction[]> => {
  const write: fc.Arbitrary<Write> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('put'), key, fields: fc.constantFrom(...drafts) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('patch'), key, fields }) },
    fc.record({ kind: fc.constant('delete'), key }),
  );
  const alike: fc.Arbitrary<Transaction> = fc.tuple(write, fc.boolean()).chain(([one, reads]) =>
    expected(one.key).map((expectation) => ({
      expect: [expectation],
      writes: [one],
      ...(reads ? { reads: [one.key] } : {}),
    })),
  );
  const other: fc.Arbitrary<Transaction> = fc.record({
    expect: fc.array(key.chain(expected), { maxLength: 2 }),
    writes: fc.uniqueArray(write, { maxLength: 3, selector: ({ key: of }) => JSON.stringify(of) }),
  });
  return fc.array(fc.oneof({ weight: 4, arbitrary: alike }, other), { minLength: 5, maxLength: 30 });
};
const batch = fc
  .tuple(fields, some, fields)
  .map(([one, change, another]) => [one, { ...one, ...change }, { ...one, note: 'other' }, another])
  .chain(batchOf);

const told = (outcomes: readonly CommitOutcome[]): unknown[] =>
  outcomes.map((outcome) =>
    outcome.result === 'conflict'
      ? outcome.key
      : [outcome.result, outcome.documents?.map((stored) => stored?.fields)],
  );

const everything = async (store: RedisStore): Promise<unknown[]> => {
  const found = (await store.get(keys)).map((stored) => stored?.fields);
  const pages: unknown[] = [];
  for (const { name: collection } of specs) {
    for (const query of [
      ...['acme', 'other'].map((tenant) => ({ index: 'by-n', tenant, equals: [] })),
      ...['a', 'b'].map((state) => ({ index: 'by-state', equals: [state] })),
      { index: 'by-name', equals: [] },
    ]) {
      const { documents, total } = await store.find({ collection, ...query, limit: 100, total: true });
      pages.push(total, ...documents.map((stored) => [stored.key, stored.fields]));
    }
  }
  return [found, pages];
};

await describeService('a Redis of its own', startOwnRedis, (service) => {
  const open = async (): Promise<RedisStore> => {
    const store = await openRedisStore({ url: service.url, namespace: randomUUID() });
    await store.prepare(specs);
    return store;
  };

  test('a transaction does in a batch what it does alone', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 2 }), async (batches) => {
        const [together, alone] = await Promise.all([open(), open()]);
        for (const transactions of batches) {
          const outcomes: CommitOutcome[] = [];
          for (const one of transactions) outcomes.push(...(await alone.commit([one])));
          assert.deepEqual(told(await together.commit(transactions)), told(outcomes));
          assert.deepEqual(await everything(together), await everything(alone));
        }
        await Promise.all([together.close(), alone.close()]);
      }),
      { numRuns: 100 },
    );
  });
});
