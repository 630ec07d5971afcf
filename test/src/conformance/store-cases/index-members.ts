import assert from 'node:assert/strict';
import { key, patch, put, stocked, write } from './documents.ts';
import { byRank, find, inGroup } from './queries.ts';
import type { StoreCase } from './store-case.ts';

/** Which documents an index holds, and what it gives of them. */
export const indexMemberCases: readonly StoreCase[] = [
  {
    id: 'STORE-076',
    promise:
      'a document that lacks an indexed field, or holds neither text nor a number there, is not in the index',
    async check(world) {
      const store = await stocked(world);
      const outside = [undefined, null, true, false, {}, [], [1], ['a'], { rank: 1 }];
      await write(
        store,
        put(key('in'), { rank: 1, group: 'g' }),
        put(key('empty'), { rank: '', group: '' }),
        ...outside.map((rank, n) => put(key(`rank-${n}`), { rank, group: 'g' })),
        ...outside.map((group, n) => put(key(`group-${n}`), { rank: '2', group })),
      );
      assert.deepEqual(await find(store, inGroup('g')), ['in']);
      assert.deepEqual(await find(store, inGroup('')), ['empty']);
      const withRank = ['in', 'empty', ...outside.map((_, n) => `group-${n}`)];
      assert.deepEqual(await find(store, byRank()), withRank);
      const { total } = await store.find(byRank({ total: true }));
      assert.equal(total, withRank.length);
    },
  },
  {
    id: 'STORE-077',
    promise: 'an index follows every change of its fields',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { rank: 1 }), put(key('b'), { rank: 2 }), put(key('c'), { n: 1 }));
      await write(store, patch(key('a'), { rank: 3 }), patch(key('c'), { rank: '1' }));
      assert.deepEqual(await find(store, byRank()), ['b', 'a', 'c']);
      await write(store, patch(key('a'), { rank: undefined }), put(key('b'), { n: 1 }));
      assert.deepEqual(await find(store, byRank()), ['c']);
      await write(store, patch(key('a'), { rank: null }), patch(key('b'), { rank: 'text' }));
      assert.deepEqual(await find(store, byRank()), ['c', 'b']);
      await write(store, { kind: 'delete', key: key('c') }, patch(key('a'), { rank: -1 }));
      assert.deepEqual(await find(store, byRank()), ['a', 'b']);
    },
  },
  {
    id: 'STORE-082',
    promise: 'find answers whole documents as they are stored, with their keys and versions',
    async check(world) {
      const store = await stocked(world);
      const fields = { rank: 1, text: '\u{1f600}\u2028', nested: { list: [1, null] }, 'dotted.name': true };
      const version = await write(store, put(key('a'), fields));
      const { documents, next, total } = await store.find(byRank());
      assert.deepEqual(documents, [{ key: key('a'), version, fields }]);
      assert.deepEqual(await store.get([key('a')]), documents);
      assert.deepEqual([next, total], [undefined, undefined]);
    },
  },
  {
    id: 'STORE-083',
    promise: 'indexed fields may have any name',
    async check(world) {
      const names = [
        'a.b',
        '$a',
        "it's",
        '"quoted"',
        'constructor',
        '__proto__',
        'id',
        'version',
        'tenant',
        'a b',
        '\u00e9',
        '',
      ];
      const indexes = names.map((name, n) => ({ name: `by${n}`, fields: [name] as const }));
      const store = await stocked(world, { name: 'odd', indexes });
      for (const [n, name] of names.entries()) {
        const fields = Object.defineProperty({}, name, { value: n, enumerable: true });
        await write(store, put(key(`d${n}`, 'acme', 'odd'), fields));
      }
      for (const n of names.keys())
        assert.deepEqual(
          await find(store, byRank({ collection: 'odd', index: `by${n}` })),
          [`d${n}`],
          names[n],
        );
    },
  },
];
