import assert from 'node:assert/strict';
import type { Expectation, Transaction } from '@waybill/core';
import {
  absent,
  at,
  attempt,
  conflicts,
  fieldsOf,
  having,
  key,
  patch,
  put,
  read,
  remove,
  rivalOf,
  stocked,
  write,
} from './documents.ts';
import type { StoreCase } from './store-case.ts';

const holding: readonly Expectation[] = [absent(key('x')), absent(key('y')), absent(key('z'))];
const failing = having(key('guard'), { open: false });

const failsAt = (place: number): Transaction => ({
  expect: holding.with(place, failing),
  writes: [put(key('new'), { n: 1 }), patch(key('guard'), { open: 'changed' }), remove(key('old'))],
});

/** Each transaction completely or not at all; each on its own. */
export const atomicityCases: readonly StoreCase[] = [
  ...(['first', 'middle', 'last'] as const).map(
    (place, n): StoreCase => ({
      id: `STORE-02${n + 2}`,
      promise: `nothing of a transaction is written if its ${place} expectation fails`,
      async check(world) {
        const store = await stocked(world);
        const version = await write(store, put(key('guard'), { open: true }), put(key('old'), { n: 0 }));
        await conflicts(store, failsAt(n));
        assert.equal(await read(store, key('new')), undefined);
        assert.deepEqual(await read(store, key('guard')), {
          key: key('guard'),
          version,
          fields: { open: true },
        });
        assert.deepEqual(await read(store, key('old')), { key: key('old'), version, fields: { n: 0 } });
      },
    }),
  ),
  {
    id: 'STORE-025',
    promise: 'nothing of a transaction is written if its last write is a patch of an absent document',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { n: 1 }), put(key('b'), { n: 1 }));
      await conflicts(store, {
        writes: [
          put(key('a'), { n: 2 }),
          remove(key('b')),
          put(key('c'), {}),
          patch(key('missing'), { n: 1 }),
        ],
      });
      const stored = await store.get([key('a'), key('b'), key('c'), key('missing')]);
      assert.deepEqual(
        stored.map((each) => each?.fields),
        [{ n: 1 }, { n: 1 }, undefined, undefined],
      );
    },
  },
  {
    id: 'STORE-026',
    promise: 'indexes know nothing of a transaction that did not commit and everything of one that did',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { rank: 1 }), put(key('b'), { rank: 2 }));
      const ids = async (): Promise<string[]> => {
        const query = { collection: 'things', tenant: 'acme', index: 'byRank', equals: [], limit: 10 };
        return (await store.find(query)).documents.map((stored) => `${stored.key.id}${stored.fields.rank}`);
      };
      const writes = [put(key('c'), { rank: 0 }), patch(key('a'), { rank: 9 }), remove(key('b'))];
      await conflicts(store, { expect: [absent(key('a'))], writes });
      assert.deepEqual(await ids(), ['a1', 'b2']);
      await write(store, ...writes);
      assert.deepEqual(await ids(), ['c0', 'a9']);
    },
  },
  {
    id: 'STORE-027',
    promise: 'a batch answers each transaction in the order asked, and a conflict in it hinders no other',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('taken'), { n: 0 }));
      const create = (id: string, n: number): Transaction => ({
        expect: [absent(key(id))],
        writes: [put(key(id), { n })],
      });
      const outcomes = await store.commit([
        create('a', 1),
        create('taken', 2),
        create('b', 3),
        create('taken', 4),
      ]);
      assert.deepEqual(
        outcomes.map((outcome) => outcome.result),
        ['committed', 'conflict', 'committed', 'conflict'],
      );
      const stored = await store.get([key('a'), key('taken'), key('b')]);
      assert.deepEqual(
        stored.map((each) => each?.fields),
        [{ n: 1 }, { n: 0 }, { n: 3 }],
      );
      for (const [place, at] of [
        [0, 0],
        [2, 2],
      ] as const) {
        const outcome = outcomes[place];
        assert.ok(outcome?.result === 'committed');
        assert.equal(stored[at]?.version, outcome.version);
      }
    },
  },
  {
    id: 'STORE-028',
    promise: 'transactions of one batch that exclude each other are decided as if sent one by one',
    async check(world) {
      const store = await stocked(world);
      const version = await write(store, put(key('seat'), { of: 'nobody' }));
      const names = ['ann', 'bob', 'cyd', 'dee'];
      const outcomes = await store.commit(
        names.map((of) => ({ expect: [at(key('seat'), version)], writes: [put(key('seat'), { of })] })),
      );
      const winners = names.filter((_, n) => outcomes[n]?.result === 'committed');
      assert.equal(winners.length, 1, `${winners.length} got the seat`);
      assert.deepEqual(await fieldsOf(store, key('seat')), { of: winners[0] });
    },
  },
  {
    id: 'STORE-029',
    promise: 'several writes to one document in one batch leave it as one of them left it, in that version',
    async check(world) {
      const store = await stocked(world);
      const outcomes = await store.commit(
        [1, 2, 3].map((n) => ({ expect: [], writes: [put(key('a'), { n }), put(key('b'), { n })] })),
      );
      const [a, b] = await store.get([key('a'), key('b')]);
      assert.equal(a?.fields.n, b?.fields.n);
      const last = outcomes[Number(a?.fields.n) - 1];
      assert.ok(last?.result === 'committed');
      assert.deepEqual([a?.version, b?.version], [last.version, last.version]);
      const versions = outcomes.map((outcome) => outcome.result === 'committed' && outcome.version);
      assert.equal(new Set(versions).size, 3, `versions repeat: ${versions.join(' ')}`);
    },
  },
  {
    id: 'STORE-030',
    promise: 'an empty batch answers nothing, and an empty transaction commits',
    async check(world) {
      const store = await stocked(world);
      assert.deepEqual(await store.commit([]), []);
      assert.deepEqual(await attempt(store, {}), { result: 'committed', version: 0 });
      assert.deepEqual(await store.get([]), []);
    },
  },
  {
    id: 'STORE-031',
    promise: 'a batch of 500 transactions commits each, with answers that belong to them',
    async check(world) {
      const store = await stocked(world);
      const numbers = Array.from({ length: 500 }, (_, n) => n);
      const outcomes = await store.commit(
        numbers.map((n) => ({
          expect: [absent(key(`id-${n % 400}`))],
          writes: [put(key(`id-${n % 400}`), { n })],
          reads: [key(`id-${n % 400}`)],
        })),
      );
      assert.equal(outcomes.length, 500);
      const committed = numbers.filter((n) => outcomes[n]?.result === 'committed');
      assert.equal(committed.length, 400);
      for (const n of committed) {
        const outcome = outcomes[n];
        assert.ok(outcome?.result === 'committed');
        assert.deepEqual(
          outcome.documents?.map((stored) => stored?.fields),
          [{ n }],
        );
      }
      const stored = await store.get(numbers.slice(0, 400).map((n) => key(`id-${n}`)));
      assert.deepEqual(
        stored.map((each) => Number(each?.fields.n)).sort((a, b) => a - b),
        committed,
      );
    },
  },
  {
    id: 'STORE-032',
    promise: 'a transaction of 100 writes is seen whole by another client as soon as it is answered',
    async check(world) {
      const store = await stocked(world);
      const rival = await rivalOf(world);
      const keys = Array.from({ length: 100 }, (_, n) => key(`id-${n}`));
      for (const round of [1, 2]) {
        await write(store, ...keys.map((each, n) => put(each, { n, round })));
        const stored = await rival.get(keys);
        assert.deepEqual(
          stored.map((each) => each?.fields),
          keys.map((_, n) => ({ n, round })),
        );
      }
    },
  },
  {
    id: 'STORE-118',
    promise: 'each transaction of a large batch is answered with its own documents',
    async check(world) {
      const store = await stocked(world);
      const ids = Array.from({ length: 60 }, (_, n) => `id-${n}`);
      await write(store, ...ids.map((id, n) => put(key(id), { n, state: 'new', text: 'x'.repeat(n) })));
      const outcomes = await store.commit(
        ids.map((id, n) => ({
          expect: [having(key(id), { state: n % 7 === 6 ? 'other' : 'new' })],
          writes: [patch(key(id), { state: `taken ${n}` })],
          reads: [key(id)],
        })),
      );
      for (const [n, outcome] of outcomes.entries())
        if (n % 7 === 6) assert.equal(outcome.result, 'conflict');
        else {
          assert.ok(outcome.result === 'committed');
          const [stored, ...others] = outcome.documents ?? [];
          assert.deepEqual(others, []);
          assert.deepEqual(stored?.key, key(`id-${n}`));
          assert.deepEqual(stored?.fields, { n, state: `taken ${n}`, text: 'x'.repeat(n) });
        }
    },
  },
];
