import assert from 'node:assert/strict';
import { isWaybillError, type Key } from '@waybill/core';
import { absent, commits, conflicts, fieldsOf, key, put, read, remove, stocked, write } from './documents.ts';
import type { StoreCase } from './store-case.ts';

/** Ids that are easily taken for one another. */
const lookalikes = [
  'caf\u00e9',
  'cafe\u0301',
  '\u212b',
  '\u00c5',
  'case',
  'CASE',
  'Case',
  'stra\u00dfe',
  'strasse',
  'space',
  'space ',
  ' space',
  'space\t',
  'space\n',
  '1',
  '01',
  '1.0',
  '\uff11',
  'a\u200bb',
  'ab',
];

/** Ids that mean something to one backend or the other. */
const loaded = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'true',
  'NaN',
  '0',
  '-0',
  '$where',
  '$id',
  '_id',
  '*',
  '?',
  '[a-z]',
  '%',
  '_',
  "'",
  '"',
  '`',
  '\\',
  "'; drop table things; --",
  '{tag}',
  '{}',
  ':',
  '/',
  '.',
  '..',
  '../..',
  '#',
  '\u0001',
  '\u2028',
  '\ufeff',
  '\u{1f600}',
  '\u{10ffff}',
];

const separators = [':', '/', '.', '|', ',', '\u001f', '\u0001', '\t', ' ', '-', '_', '~', '$', '#'];

/** Pairs that become one if a store joins the parts of a key with a separator. */
const splits = separators.flatMap((by): Key[] => [
  { collection: 'things', tenant: `a${by}b`, id: 'c' },
  { collection: 'things', tenant: 'a', id: `b${by}c` },
]);

const eachItsOwn = (id: string, promise: string, keys: readonly Key[]): StoreCase => ({
  id,
  promise,
  async check(world) {
    const store = await stocked(world);
    for (const [n, each] of keys.entries())
      await commits(store, { expect: [absent(each)], writes: [put(each, { n })] });
    const stored = await store.get(keys);
    for (const [n, each] of keys.entries()) {
      assert.deepEqual(stored[n]?.key, each);
      assert.deepEqual(stored[n]?.fields, { n }, `${JSON.stringify(each)} was overwritten`);
    }
    await write(store, ...keys.filter((_, n) => n % 2 === 0).map(remove));
    for (const [n, after] of (await store.get(keys)).entries())
      assert.deepEqual(after?.fields, n % 2 === 0 ? undefined : { n }, JSON.stringify(keys[n]));
  },
});

/** Whose document is whose. */
export const keyCases: readonly StoreCase[] = [
  eachItsOwn(
    'STORE-053',
    'ids are compared as they are: unicode forms, case and spaces make other documents',
    lookalikes.map((id) => key(id)),
  ),
  eachItsOwn(
    'STORE-054',
    'ids may look like names of prototypes, operators, patterns, paths or statements',
    loaded.map((id) => key(id)),
  ),
  eachItsOwn('STORE-055', 'no separator makes the keys of two tenants one', splits),
  eachItsOwn(
    'STORE-056',
    'tenants are compared as they are, and may have any name',
    [...lookalikes, ...loaded].map((tenant) => key('same', tenant)),
  ),
  eachItsOwn('STORE-057', 'an id has up to 512 characters and a tenant up to 128, and each of them counts', [
    key('a'.repeat(512)),
    key(`${'a'.repeat(511)}b`),
    key(`b${'a'.repeat(511)}`),
    key('a'.repeat(511)),
    key('\u8a9e'.repeat(512)),
    key(`${'\u8a9e'.repeat(511)}\u8a9f`),
    key('same', 't'.repeat(128)),
    key('same', `${'t'.repeat(127)}u`),
    key('\u8a9e'.repeat(512), '\u8a9e'.repeat(128)),
    key('a', 'b'),
  ]),
  {
    id: 'STORE-058',
    promise: 'tenants cannot see, expect or change each other’s documents',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a', 'acme'), { rank: 1 }));
      assert.equal(await read(store, key('a', 'umbra')), undefined);
      await write(store, remove(key('a', 'umbra')));
      await conflicts(store, { writes: [{ kind: 'patch', key: key('a', 'umbra'), fields: { rank: 2 } }] });
      await commits(store, { expect: [absent(key('a', 'umbra'))] });
      const { documents, total } = await store.find({
        collection: 'things',
        tenant: 'umbra',
        index: 'byRank',
        equals: [],
        limit: 10,
        total: true,
      });
      assert.deepEqual([documents, total], [[], 0]);
      assert.deepEqual(await fieldsOf(store, key('a', 'acme')), { rank: 1 });
    },
  },
  {
    id: 'STORE-059',
    promise: 'collections are kept apart, whatever characters their names have',
    async check(world) {
      const names = [
        'a',
        'ab',
        'a.b',
        'a_b',
        'a-b',
        'a.b.c',
        'things2',
        'constructor',
        `n${'a'.repeat(62)}`,
        `n${'a'.repeat(61)}b`,
      ];
      const collections = names.map((name) => ({ name, indexes: [{ name: 'byN', fields: ['n'] as const }] }));
      const store = await stocked(world, ...collections);
      const keys = names.map((name) => key('same', 'acme', name));
      for (const [n, each] of keys.entries())
        await commits(store, { expect: [absent(each)], writes: [put(each, { n })] });
      for (const [n, each] of keys.entries()) {
        assert.deepEqual(await fieldsOf(store, each), { n });
        const query = { collection: each.collection, tenant: 'acme', index: 'byN', equals: [], limit: 10 };
        assert.deepEqual(
          (await store.find(query)).documents.map((stored) => stored.fields.n),
          [n],
        );
      }
    },
  },
  {
    id: 'STORE-060',
    promise: 'get answers each key in the order asked, also if one is asked twice',
    async check(world) {
      const store = await stocked(world);
      const ids = Array.from({ length: 120 }, (_, n) => `id-${n}`);
      await write(store, ...ids.map((id, n) => put(key(id), { n })));
      const asked = [...ids.slice(60), 'missing', ...ids.slice(0, 60).reverse(), 'id-7', 'missing', 'id-7'];
      const stored = await store.get(asked.map((id) => key(id)));
      assert.equal(stored.length, asked.length);
      for (const [n, id] of asked.entries())
        assert.equal(stored[n]?.key.id, id === 'missing' ? undefined : id);
    },
  },
  {
    id: 'STORE-061',
    promise: 'half a surrogate pair in an id is kept as it is or refused, never taken for something else',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('x\ufffd'), { n: 0 }), put(key('x?'), { n: 0 }));
      for (const [n, id] of ['x\ud800', 'x\udc00', 'x\ud801'].entries()) {
        try {
          await commits(store, { expect: [absent(key(id))], writes: [put(key(id), { n: n + 1 })] });
          assert.deepEqual((await read(store, key(id)))?.fields, { n: n + 1 });
        } catch (error) {
          if (!isWaybillError(error)) throw error;
          assert.equal(error.code, 'WB_PAYLOAD');
        }
      }
      const twins = await store.get([key('x\ufffd'), key('x?')]);
      assert.deepEqual(
        twins.map((stored) => stored?.fields),
        [{ n: 0 }, { n: 0 }],
      );
    },
  },
];
