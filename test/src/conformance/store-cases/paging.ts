import assert from 'node:assert/strict';
import { key, patch, put, remove, stocked, write } from './documents.ts';
import { byRank, everywhere, findAll, idsOf, inGroup } from './queries.ts';
import type { StoreCase } from './store-case.ts';

const padded = (n: number): string => `d${String(n).padStart(3, '0')}`;
const row = (n: number, rank = n) => put(key(padded(n)), { rank, group: 'g' });
const numbers = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, n) => from + n * step);

/** Pages and counts. */
export const pagingCases: readonly StoreCase[] = [
  {
    id: 'STORE-084',
    promise: 'pages of any size, in both orders, give every document exactly once',
    async check(world) {
      const store = await stocked(world);
      await write(store, ...numbers(0, 50).map((n) => row(n, Math.floor(n / 7))));
      const ids = numbers(0, 50).map(padded);
      for (const limit of [1, 7, 10, 49, 50, 51]) {
        assert.deepEqual(await findAll(store, byRank({ limit })), ids);
        assert.deepEqual(await findAll(store, byRank({ limit, order: 'desc' })), ids.toReversed());
        assert.deepEqual(
          await findAll(store, inGroup('g', { limit, range: { min: 1, max: 5 } })),
          ids.slice(7, 42),
        );
      }
    },
  },
  {
    id: 'STORE-085',
    promise: 'a page has as many documents as it may, and next exactly if there may be more',
    async check(world) {
      const store = await stocked(world);
      await write(store, ...numbers(0, 10).map((n) => row(n)));
      const first = await store.find(byRank({ limit: 6 }));
      assert.deepEqual(idsOf(first.documents), numbers(0, 6).map(padded));
      assert.ok(first.next !== undefined, 'there are four more');
      const last = await store.find(byRank({ limit: 6, after: first.next }));
      assert.deepEqual(idsOf(last.documents), numbers(6, 10).map(padded));
      assert.equal(last.next, undefined, 'a page with room left is the last');
      const none = await store.find(byRank({ limit: 6, range: { min: 100 } }));
      assert.deepEqual(none, { documents: [] });
    },
  },
  {
    id: 'STORE-086',
    promise: 'documents that stay are paged exactly once, whatever is created and deleted between pages',
    async check(world) {
      const store = await stocked(world);
      await write(store, ...numbers(0, 60, 2).map((n) => row(n)));
      const stay = numbers(0, 60, 2).filter((n) => n % 12 !== 0);
      const seen = await findAll(store, byRank({ limit: 4 }), async (pages) => {
        const front = pages * 8;
        await write(store, put(key(`behind-${pages}`), { rank: front - 7.5 }), row(front + 1));
        await write(
          store,
          ...numbers(0, 60, 12)
            .filter((n) => Math.abs(n - front) < 14)
            .map((n) => remove(key(padded(n)))),
        );
      });
      assert.deepEqual(
        seen.filter((id) => stay.map(padded).includes(id)),
        stay.map(padded),
      );
      assert.equal(new Set(seen).size, seen.length, 'a document came twice');
      assert.ok(!seen.some((id) => id.startsWith('behind')), 'the cursor went back');
    },
  },
  {
    id: 'STORE-087',
    promise: 'a cursor stays valid when the document it stands on is deleted, moved or changed',
    async check(world) {
      const store = await stocked(world);
      const changes = [
        remove(key(padded(2))),
        patch(key(padded(2)), { rank: 99 }),
        patch(key(padded(2)), { other: 1 }),
      ];
      for (const change of changes)
        for (const order of ['asc', 'desc'] as const) {
          await write(store, ...numbers(0, 5).map((n) => row(n)));
          const { next } = await store.find(byRank({ limit: 3, order }));
          assert.ok(next !== undefined);
          await write(store, change);
          const rest = await store.find(byRank({ limit: 10, order, after: next }));
          const expected =
            order === 'desc'
              ? [1, 0]
              : change.kind === 'patch' && change.fields.rank === 99
                ? [3, 4, 2]
                : [3, 4];
          assert.deepEqual(idsOf(rest.documents), expected.map(padded));
        }
    },
  },
  {
    id: 'STORE-088',
    promise: 'a cursor goes on at its place among equal values, also across tenants and odd ids',
    async check(world) {
      const store = await stocked(world);
      const ids = [
        'a',
        'a:b',
        'a\u0001',
        'a"b',
        'a\\b',
        'a\u00e9',
        'a\u{1f600}',
        'b'.repeat(512),
        '{"a":1}',
        '%',
        '=',
      ];
      const keys = ids.flatMap((id) =>
        ['t', 't:', 't\u{1f600}', '\u8a9e'.repeat(128)].map((tenant) => key(id, tenant)),
      );
      await write(store, ...keys.map((each) => put(each, { rank: '\u{1f600}"\0' })));
      const whole = await store.find(everywhere());
      assert.equal(whole.documents.length, keys.length);
      assert.deepEqual(await findAll(store, everywhere({ limit: 1 })), idsOf(whole.documents));
      assert.deepEqual(
        await findAll(store, everywhere({ limit: 3, order: 'desc' })),
        idsOf(whole.documents).toReversed(),
      );
    },
  },
  {
    id: 'STORE-089',
    promise: 'total counts all matches, whatever the limit and the cursor say, and only if asked',
    async check(world) {
      const store = await stocked(world);
      await write(
        store,
        ...numbers(0, 25).map((n) => row(n)),
        put(key('x', 'umbra'), { rank: 5, group: 'g' }),
      );
      const zero = await store.find(byRank({ limit: 0, total: true }));
      assert.deepEqual([zero.documents, zero.total], [[], 25]);
      const first = await store.find(byRank({ limit: 10, total: true }));
      assert.deepEqual([first.documents.length, first.total], [10, 25]);
      assert.ok(first.next !== undefined);
      const second = await store.find(byRank({ limit: 10, total: true, after: first.next, order: 'asc' }));
      assert.deepEqual([second.documents.length, second.total], [10, 25]);
      assert.equal((await store.find(inGroup('g', { limit: 1, total: true, range: { min: 20 } }))).total, 5);
      assert.equal((await store.find(everywhere({ limit: 0, total: true }))).total, 26);
      assert.equal((await store.find(inGroup('none', { limit: 0, total: true }))).total, 0);
      assert.equal((await store.find(byRank({ limit: 5 }))).total, undefined);
    },
  },
  {
    id: 'STORE-090',
    promise: 'a page holds up to 1000 documents',
    async check(world) {
      const store = await stocked(world);
      await write(store, ...numbers(0, 600).map((n) => row(n)));
      await write(store, ...numbers(600, 1_100).map((n) => row(n)));
      const page = await store.find(byRank({ limit: 1_000 }));
      assert.deepEqual(idsOf(page.documents).length, 1_000);
      assert.ok(page.next !== undefined);
      assert.equal((await store.find(byRank({ limit: 1_000, after: page.next }))).documents.length, 100);
    },
  },
  {
    id: 'STORE-117',
    promise: 'a query that looks at some fields only finds them as they are, on every page',
    async check(world) {
      const store = await stocked(world);
      const long = 'x'.repeat(2_000);
      await write(store, ...numbers(0, 20).map((n) => put(key(padded(n)), { rank: n, group: 'g', n, long })));
      await write(store, ...numbers(0, 20, 3).map((n) => patch(key(padded(n)), { group: 'h', n: -n })));
      const all = new Map((await store.find(byRank())).documents.map((stored) => [stored.key.id, stored]));
      for (const only of [[], ['rank'], ['n', 'group'], ['long', 'missing']]) {
        const seen: string[] = [];
        for (let after: string | undefined, more = true; more; more = after !== undefined) {
          const page = await store.find(byRank({ limit: 7, only, ...(after !== undefined && { after }) }));
          for (const { key: found, version, fields } of page.documents) {
            const whole = all.get(found.id);
            assert.equal(version, whole?.version);
            for (const name of only) assert.deepEqual(fields[name], whole?.fields[name]);
            seen.push(found.id);
          }
          after = page.next;
        }
        assert.deepEqual(seen, [...all.keys()]);
      }
    },
  },
];
