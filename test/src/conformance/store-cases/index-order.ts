import assert from 'node:assert/strict';
import { key, put, stocked, write } from './documents.ts';
import { byRank, everywhere, find, findAll, inGroup } from './queries.ts';
import type { StoreCase } from './store-case.ts';

/** Every kind of value that an index holds, in the order in which it holds them. */
const ordered = [
  -Number.MAX_VALUE,
  -1e21,
  Number.MIN_SAFE_INTEGER,
  -10,
  -9,
  -1.5,
  -1,
  -Number.MIN_VALUE,
  0,
  Number.MIN_VALUE,
  0.1,
  1,
  1.5,
  2,
  9,
  10,
  100,
  2 ** 31,
  2 ** 53 - 1,
  1e21,
  Number.MAX_VALUE,
  '',
  ' ',
  '-1',
  '1',
  '10',
  '1e5',
  '2',
  'A',
  'Z',
  'a',
  'a ',
  'aa',
  'ab',
  'b',
  'e\u0301',
  '\u00e9',
  '\ud7ff',
  '\ue000',
  '\uff5e',
  '\ufffd',
  '\u{10000}',
  '\u{1f600}',
  '\u{10ffff}',
];
const named = ordered.map((_, n) => `v${String(n).padStart(2, '0')}`);

/** In which order an index holds its documents. */
export const indexOrderCases: readonly StoreCase[] = [
  {
    id: 'STORE-073',
    promise: 'numbers come before text, numbers by value and text by code point',
    async check(world) {
      const store = await stocked(world);
      const documents = ordered.map((rank, n) => put(key(`${named[n]}`), { rank }));
      await write(store, ...documents.toReversed());
      assert.deepEqual(await find(store, byRank()), named);
      assert.deepEqual(await find(store, byRank({ order: 'desc' })), named.toReversed());
      assert.deepEqual(await findAll(store, byRank({ limit: 7 })), named);
    },
  },
  {
    id: 'STORE-074',
    promise: 'both ends of a range belong to it, whatever value they are',
    async check(world) {
      const store = await stocked(world);
      await write(store, ...ordered.map((rank, n) => put(key(`${named[n]}`), { rank })));
      for (let n = 0; n < ordered.length; n += 3) {
        const m = Math.min(n + 4, ordered.length - 1);
        const [min, max] = [ordered[n], ordered[m]];
        assert.ok(min !== undefined && max !== undefined);
        assert.deepEqual(await find(store, byRank({ range: { min, max } })), named.slice(n, m + 1));
        assert.deepEqual(await find(store, byRank({ range: { min, max: min } })), [named[n]]);
        assert.deepEqual(await find(store, byRank({ range: { min } })), named.slice(n));
        assert.deepEqual(await find(store, byRank({ range: { max } })), named.slice(0, m + 1));
      }
      assert.deepEqual(await find(store, byRank({ range: {} })), named);
      assert.deepEqual(await find(store, byRank({ range: { min: 3, max: 8 } })), []);
      assert.deepEqual(await find(store, byRank({ range: { min: 9, max: 1 } })), []);
      assert.deepEqual(await find(store, byRank({ range: { min: 'a', max: 1 } })), []);
    },
  },
  {
    id: 'STORE-075',
    promise: 'text that contains NUL or a control character is ordered like any other',
    async check(world) {
      const store = await stocked(world);
      const texts = ['a', 'a\0', 'a\0\0', 'a\0b', 'a\u0001', 'a\u0001b', 'a\u001f', 'a!', 'aa'];
      await write(store, ...texts.map((rank, n) => put(key(`t${n}`), { rank, group: rank })));
      const ids = texts.map((_, n) => `t${n}`);
      assert.deepEqual(await findAll(store, byRank({ limit: 2 })), ids);
      assert.deepEqual(await find(store, byRank({ range: { min: 'a\0', max: 'a\0b' } })), ['t1', 't2', 't3']);
      for (const [n, text] of texts.entries()) assert.deepEqual(await find(store, inGroup(text)), [`t${n}`]);
    },
  },
  {
    id: 'STORE-078',
    promise: 'equal values are ordered by id, by code point; desc turns that round too',
    async check(world) {
      const store = await stocked(world);
      const ids = ['', '!', '10', '2', 'A', 'Z', 'a', 'b', '\u00e9', '\ue000', '\uffee', '\u{1f600}'].map(
        (end) => `i${end}`,
      );
      await write(store, ...ids.toReversed().map((id) => put(key(id), { rank: 1, group: 'g' })));
      assert.deepEqual(await find(store, byRank()), ids);
      assert.deepEqual(await find(store, inGroup('g', { order: 'desc' })), ids.toReversed());
      assert.deepEqual(await findAll(store, byRank({ limit: 1 })), ids);
      assert.deepEqual(await findAll(store, inGroup('g', { limit: 5, order: 'desc' })), ids.toReversed());
    },
  },
  {
    id: 'STORE-079',
    promise: 'an index across tenants orders by value, then tenant, then id, and sees every tenant',
    async check(world) {
      const store = await stocked(world);
      const places = [
        ['a', 'z', 1],
        ['b', 'a', 1],
        ['b', 'b', 1],
        ['b:', 'a', 1],
        ['\ue000', 'a', 1],
        ['\u{1f600}', 'a', 1],
        ['a', 'y', 2],
        ['c', 'a', '1'],
      ] as const;
      await write(store, ...places.toReversed().map(([tenant, id, rank]) => put(key(id, tenant), { rank })));
      const seen = (await store.find(everywhere())).documents.map(({ key, fields }) => [
        key.tenant,
        key.id,
        fields.rank,
      ]);
      assert.deepEqual(seen, places);
      const back = await store.find(everywhere({ order: 'desc' }));
      assert.deepEqual(
        back.documents.map(({ key }) => [key.tenant, key.id]),
        places.map(([tenant, id]) => [tenant, id]).toReversed(),
      );
      assert.deepEqual(
        await findAll(store, everywhere({ limit: 1 })),
        places.map(([, id]) => id),
      );
    },
  },
  {
    id: 'STORE-080',
    promise: 'equality is of kind and value: 1 is not "1", "a" is not "A", and a prefix is not the whole',
    async check(world) {
      const store = await stocked(world);
      const groups = [
        1,
        '1',
        'a',
        'A',
        'a ',
        'ab',
        '',
        0,
        '0',
        'caf\u00e9',
        'cafe\u0301',
        '*',
        '%',
        1.5,
        '1.5',
      ];
      await write(store, ...groups.map((group, n) => put(key(`g${n}`), { group, rank: n })));
      for (const [n, group] of groups.entries())
        assert.deepEqual(await find(store, inGroup(group)), [`g${n}`]);
      assert.deepEqual(await find(store, inGroup('none')), []);
      assert.deepEqual(await find(store, inGroup(-0)), ['g7']);
    },
  },
  {
    id: 'STORE-081',
    promise: 'a range and an order apply within the equality, on an index of three fields as well',
    async check(world) {
      const three = { name: 'three', indexes: [{ name: 'byAll', fields: ['a', 'b', 'c'] as const }] };
      const store = await stocked(world, three);
      const cells = [1, 'x'].flatMap((a) => [1, 'x'].flatMap((b) => [1, 2, 3].map((c) => ({ a, b, c }))));
      await write(store, ...cells.map((cell, n) => put(key(`c${n}`, 'acme', 'three'), cell)));
      const query = byRank({ collection: 'three', index: 'byAll', equals: [1, 'x'] });
      assert.deepEqual(await find(store, query), ['c3', 'c4', 'c5']);
      assert.deepEqual(await find(store, { ...query, range: { min: 2 }, order: 'desc' }), ['c5', 'c4']);
      assert.deepEqual(await find(store, { ...query, equals: ['x', 1], range: { max: 1 } }), ['c6']);
      assert.deepEqual(await find(store, { ...query, equals: ['x', 2] }), []);
    },
  },
];
