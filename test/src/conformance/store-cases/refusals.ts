import assert from 'node:assert/strict';
import type { Key, Query, Transaction } from '@waybill/core';
import { refuses } from '../refusal.ts';
import { absent, at, fieldsOf, key, patch, put, read, remove, stocked, write } from './documents.ts';
import { byRank } from './queries.ts';
import type { StoreCase } from './store-case.ts';
import { without } from '../without.ts';

const wrongQuery = (id: string, promise: string, queries: readonly Query[]): StoreCase => ({
  id,
  promise,
  async check(world) {
    const store = await stocked(world);
    await write(store, put(key('a'), { rank: 1, group: 'g' }));
    for (const query of queries) await refuses('WB_PAYLOAD', JSON.stringify(query), () => store.find(query));
  },
});

const withoutTenant = without(byRank(), 'tenant');

/** Calls that are wrong: refused, and nothing happens. */
export const refusalCases: readonly StoreCase[] = [
  {
    id: 'STORE-091',
    promise: 'a collection that was not declared is refused by every call',
    async check(world) {
      const store = await stocked(world);
      const unknown = key('a', 'acme', 'unknown');
      await refuses('WB_PAYLOAD', 'get', () => store.get([unknown]));
      await refuses('WB_PAYLOAD', 'find', () => store.find(byRank({ collection: 'unknown' })));
      for (const write of [put(unknown, {}), patch(unknown, {}), remove(unknown)])
        await refuses('WB_PAYLOAD', write.kind, () => store.commit([{ expect: [], writes: [write] }]));
      await refuses('WB_PAYLOAD', 'expect', () => store.commit([{ expect: [absent(unknown)], writes: [] }]));
    },
  },
  wrongQuery('STORE-092', 'a query by an index that was not declared is refused', [
    byRank({ index: 'byColour' }),
    byRank({ index: 'byrank' }),
    byRank({ index: 'rank' }),
    byRank({ index: 'constructor' }),
  ]),
  wrongQuery('STORE-093', 'a query with too few or too many values for equality is refused', [
    byRank({ equals: ['g'] }),
    byRank({ index: 'byGroupAndRank', equals: [] }),
    byRank({ index: 'byGroupAndRank', equals: ['g', 1] }),
  ]),
  wrongQuery('STORE-094', 'a query needs a tenant exactly if its index does not span them', [
    withoutTenant,
    byRank({ index: 'everywhereByRank' }),
  ]),
  wrongQuery(
    'STORE-095',
    'a limit that is not a whole number from 0 to 1000 is refused',
    [-1, 1.5, 1_001, Number.NaN, Number.POSITIVE_INFINITY].map((limit) => byRank({ limit })),
  ),
  wrongQuery('STORE-096', 'a cursor that is not one is refused', [
    byRank({ after: '' }),
    byRank({ after: 'nonsense' }),
    byRank({ after: '[]' }),
    byRank({ after: '{"a":' }),
    byRank({ after: '\u{1f600}' }),
  ]),
  {
    id: 'STORE-097',
    promise: 'a key without tenant or id, too long or with NUL is refused by every call',
    async check(world) {
      const store = await stocked(world);
      const wrong: readonly Key[] = [
        key(''),
        key('a\0b'),
        key('a'.repeat(513)),
        key('a', ''),
        key('a', 't'.repeat(129)),
      ];
      for (const each of wrong) {
        const what = `${JSON.stringify(each).slice(0, 60)} of ${each.id.length}`;
        await refuses('WB_PAYLOAD', `get ${what}`, () => store.get([each]));
        for (const write of [put(each, {}), patch(each, {}), remove(each)])
          await refuses('WB_PAYLOAD', `${write.kind} ${what}`, () =>
            store.commit([{ expect: [], writes: [write] }]),
          );
        await refuses('WB_PAYLOAD', `expect ${what}`, () =>
          store.commit([{ expect: [absent(each)], writes: [] }]),
        );
      }
    },
  },
  {
    id: 'STORE-098',
    promise: 'a transaction that writes a key twice, or reads what it does not write, is refused',
    async check(world) {
      const store = await stocked(world);
      const version = await write(store, put(key('a'), { n: 1 }));
      const wrong: readonly Transaction[] = [
        { expect: [], writes: [put(key('a'), { n: 2 }), patch(key('a'), { n: 3 })] },
        { expect: [], writes: [remove(key('a')), put(key('a'), { n: 2 })] },
        { expect: [], writes: [put(key('b'), { n: 2 })], reads: [key('a')] },
      ];
      for (const each of wrong) await refuses('WB_PAYLOAD', JSON.stringify(each), () => store.commit([each]));
      assert.deepEqual(await read(store, key('a')), { key: key('a'), version, fields: { n: 1 } });
      assert.equal(await read(store, key('b')), undefined);
    },
  },
  {
    id: 'STORE-099',
    promise: 'one wrong transaction refuses its whole batch, and nothing of the batch happens',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { n: 1 }));
      const right = (id: string): Transaction => ({ expect: [], writes: [put(key(id), { n: 2 })] });
      const wrong: Transaction = {
        expect: [],
        writes: [put(key('c'), {}), put(key('d', 'acme', 'unknown'), {})],
      };
      await refuses('WB_PAYLOAD', 'the batch', () => store.commit([right('a'), wrong, right('b')]));
      assert.deepEqual(await fieldsOf(store, key('a')), { n: 1 });
      assert.deepEqual(await store.get([key('b'), key('c')]), [undefined, undefined]);
    },
  },
  {
    id: 'STORE-100',
    promise: 'what JSON cannot carry is refused',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { n: 1 }));
      const circle: Record<string, unknown> = {};
      circle.self = circle;
      for (const value of [
        Number.NaN,
        Number.POSITIVE_INFINITY,
        1n,
        () => 1,
        Symbol('s'),
        new Map(),
        new Date(0),
        circle,
      ]) {
        // Callers in plain JavaScript have no compiler to stop them.
        const fields = { value } as never;
        await refuses('WB_PAYLOAD', `put ${typeof value}`, () => write(store, put(key('a'), fields)));
        await refuses('WB_PAYLOAD', `patch ${typeof value}`, () => write(store, patch(key('a'), fields)));
      }
      assert.deepEqual(await fieldsOf(store, key('a')), { n: 1 });
    },
  },
  {
    id: 'STORE-116',
    promise: 'half a surrogate pair is refused wherever there is text: keys, names, values and queries',
    async check(world) {
      const store = await stocked(world);
      const version = await write(store, put(key('a'), { n: 1 }));
      for (const half of ['\ud800', 'x\udfff', '\udc00\ud800']) {
        for (const wrong of [key(half), key('a', half)])
          await refuses('WB_PAYLOAD', 'a key', () => write(store, put(wrong, {})));
        for (const fields of [{ rank: half }, { text: half }, { deep: [{ text: half }] }, { [half]: 1 }]) {
          await refuses('WB_PAYLOAD', 'a put', () => write(store, put(key('b'), fields)));
          await refuses('WB_PAYLOAD', 'a patch', () => write(store, patch(key('a'), fields)));
        }
        await refuses('WB_PAYLOAD', 'a range', () => store.find(byRank({ range: { max: half } })));
        await refuses('WB_PAYLOAD', 'equality', () =>
          store.find(byRank({ index: 'byGroupAndRank', equals: [half] })),
        );
      }
      assert.deepEqual(await store.get([key('a'), key('b')]), [
        { key: key('a'), version, fields: { n: 1 } },
        undefined,
      ]);
    },
  },
  {
    id: 'STORE-101',
    promise: 'a collection name that is not allowed is refused, and declares nothing',
    async check(world) {
      const store = await stocked(world);
      for (const name of [
        '',
        'A',
        '1a',
        '.a',
        'a b',
        'a/b',
        'a$',
        'caf\u00e9',
        `a${'b'.repeat(63)}`,
        '__proto__',
      ])
        await refuses('WB_PAYLOAD', `the name ${name}`, () => store.prepare([{ name: 'fine' }, { name }]));
      await refuses('WB_PAYLOAD', 'its companion', () => store.get([key('a', 'acme', 'fine')]));
    },
  },
  {
    id: 'STORE-102',
    promise: 'a range expectation with a wrong query is refused like the query itself',
    async check(world) {
      const store = await stocked(world);
      for (const query of [byRank({ index: 'byColour' }), byRank({ equals: ['g'] }), withoutTenant]) {
        const wrong: Transaction = {
          expect: [{ kind: 'range', query, seen: [] }],
          writes: [put(key('a'), {})],
        };
        if (world.capabilities.rangeValidation)
          await refuses('WB_PAYLOAD', 'the query', () => store.commit([wrong]));
        else await refuses('WB_UNSUPPORTED', 'a range expectation', () => store.commit([wrong]));
      }
      await assert.rejects(store.commit([{ expect: [at(key('a', 'acme', 'unknown'), 1)], writes: [] }]));
      assert.equal(await read(store, key('a')), undefined);
    },
  },
];
