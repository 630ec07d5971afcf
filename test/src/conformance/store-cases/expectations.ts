import assert from 'node:assert/strict';
import {
  absent,
  at,
  attempt,
  commits,
  conflicts,
  fieldsOf,
  having,
  key,
  patch,
  put,
  read,
  remove,
  stocked,
  write,
} from './documents.ts';
import type { StoreCase } from './store-case.ts';

/** What a transaction may demand of single documents. */
export const expectationCases: readonly StoreCase[] = [
  {
    id: 'STORE-011',
    promise: 'a version expectation holds for exactly the version that the document has',
    async check(world) {
      const store = await stocked(world);
      const first = await write(store, put(key('a'), { n: 1 }));
      const second = await commits(store, {
        expect: [at(key('a'), first)],
        writes: [put(key('a'), { n: 2 })],
      });
      for (const wrong of [first, second + 1, second - 1, 0])
        await conflicts(store, { expect: [at(key('a'), wrong)], writes: [put(key('a'), { n: 3 })] });
      assert.deepEqual(await fieldsOf(store, key('a')), { n: 2 });
      await commits(store, { expect: [at(key('a'), second)], writes: [patch(key('a'), { n: 4 })] });
    },
  },
  {
    id: 'STORE-012',
    promise: 'a version expectation fails for a document that is absent, or was deleted and created again',
    async check(world) {
      const store = await stocked(world);
      await conflicts(store, { expect: [at(key('a'), 1)], writes: [put(key('b'), {})] });
      const version = await write(store, put(key('a'), { n: 1 }));
      await write(store, remove(key('a')));
      await conflicts(store, { expect: [at(key('a'), version)], writes: [put(key('b'), {})] });
      await write(store, put(key('a'), { n: 1 }));
      await conflicts(store, { expect: [at(key('a'), version)], writes: [put(key('b'), {})] });
      assert.equal(await read(store, key('b')), undefined);
    },
  },
  {
    id: 'STORE-013',
    promise:
      'an absent expectation holds before a document is created and after it is deleted, not in between',
    async check(world) {
      const store = await stocked(world);
      await commits(store, { expect: [absent(key('a'))], writes: [put(key('a'), { n: 1 })] });
      await conflicts(store, { expect: [absent(key('a'))], writes: [put(key('a'), { n: 2 })] });
      assert.deepEqual(await fieldsOf(store, key('a')), { n: 1 });
      await write(store, remove(key('a')));
      await commits(store, { expect: [absent(key('a'))], writes: [put(key('a'), { n: 3 })] });
    },
  },
  {
    id: 'STORE-014',
    promise: 'a fields expectation holds if each of its fields equals this scalar, whatever the others hold',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { text: 'x', number: 1.5, yes: true, no: false, other: [1] }));
      const expect = [having(key('a'), { text: 'x', number: 1.5, yes: true, no: false })];
      await commits(store, { expect, writes: [patch(key('a'), { other: 2 })] });
      for (const wrong of [{ text: 'X' }, { number: 1 }, { yes: false }, { no: true }, { missing: 'x' }])
        await conflicts(store, {
          expect: [having(key('a'), { text: 'x', ...wrong })],
          writes: [put(key('b'), {})],
        });
      assert.equal(await read(store, key('b')), undefined);
    },
  },
  {
    id: 'STORE-015',
    promise:
      'a fields expectation tells kinds apart: 1, "1", true and "true" are four values, "" is not absent',
    async check(world) {
      const store = await stocked(world);
      await write(
        store,
        put(key('a'), { one: 1, text: '1', yes: true, word: 'true', zero: 0, empty: '', no: false }),
      );
      for (const wrong of [
        { one: '1' },
        { one: true },
        { text: 1 },
        { yes: 1 },
        { yes: 'true' },
        { word: true },
        { zero: false },
        { zero: null },
        { zero: '' },
        { empty: null },
        { empty: 0 },
        { no: 0 },
        { no: null },
      ])
        await conflicts(store, { expect: [having(key('a'), wrong)] });
      await commits(store, {
        expect: [
          having(key('a'), { one: 1, text: '1', yes: true, word: 'true', zero: 0, empty: '', no: false }),
        ],
      });
    },
  },
  {
    id: 'STORE-016',
    promise: 'a fields expectation of null holds for a field that is null or absent, and for no other',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { nulled: null, set: 'null', cleared: 1 }));
      await commits(store, { expect: [having(key('a'), { nulled: null, missing: null })] });
      await conflicts(store, { expect: [having(key('a'), { set: null })] });
      await conflicts(store, { expect: [having(key('a'), { nulled: 'null' })] });
      await write(store, patch(key('a'), { cleared: undefined }));
      await commits(store, { expect: [having(key('a'), { cleared: null })] });
    },
  },
  {
    id: 'STORE-017',
    promise: 'a fields expectation fails for an absent document, also if it expects only null or nothing',
    async check(world) {
      const store = await stocked(world);
      await conflicts(store, { expect: [having(key('a'), { n: null })], writes: [put(key('b'), {})] });
      await conflicts(store, { expect: [having(key('a'), {})], writes: [put(key('b'), {})] });
      assert.equal(await read(store, key('b')), undefined);
      await write(store, put(key('a'), {}));
      await commits(store, { expect: [having(key('a'), {})] });
    },
  },
  {
    id: 'STORE-018',
    promise: 'a fields expectation fails where the document holds an object or array, however it is written',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { list: [1], object: { a: 1 }, 'a.b': 1 }));
      for (const wrong of [
        { list: '[1]' },
        { list: 1 },
        { list: null },
        { object: '{"a":1}' },
        { 'object.a': 1 },
      ])
        await conflicts(store, { expect: [having(key('a'), wrong)] });
      await commits(store, { expect: [having(key('a'), { 'a.b': 1, 'object.a': null })] });
    },
  },
  {
    id: 'STORE-019',
    promise: 'expectations are of what was there before: a transaction may change what it expects',
    async check(world) {
      const store = await stocked(world);
      await commits(store, { expect: [absent(key('a'))], writes: [put(key('a'), { state: 'new' })] });
      await commits(store, {
        expect: [having(key('a'), { state: 'new' })],
        writes: [patch(key('a'), { state: 'old' })],
      });
      const version = await commits(store, {
        expect: [having(key('a'), { state: 'old' })],
        writes: [put(key('a'), { state: 'older' })],
      });
      await commits(store, { expect: [at(key('a'), version)], writes: [remove(key('a'))] });
      assert.equal(await read(store, key('a')), undefined);
    },
  },
  {
    id: 'STORE-020',
    promise: 'documents that a transaction only expects are checked and stay as they are',
    async check(world) {
      const store = await stocked(world);
      const version = await write(store, put(key('guard'), { open: true }));
      const outcome = await attempt(store, {
        expect: [at(key('guard'), version), having(key('guard'), { open: true })],
      });
      assert.deepEqual(outcome, { result: 'committed', version: 0 });
      await commits(store, { expect: [at(key('guard'), version)], writes: [put(key('a'), {})] });
      assert.deepEqual(await read(store, key('guard')), {
        key: key('guard'),
        version,
        fields: { open: true },
      });
    },
  },
  {
    id: 'STORE-021',
    promise: 'the key that a conflict names, if it names one, is of a document whose expectation failed',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { n: 1 }), put(key('b'), { n: 1 }));
      const outcome = await attempt(store, {
        expect: [having(key('a'), { n: 1 }), having(key('b'), { n: 2 }), absent(key('c'))],
        writes: [put(key('d'), {})],
      });
      assert.equal(outcome.result, 'conflict');
      if (outcome.key !== undefined) assert.deepEqual({ ...outcome.key }, key('b'));
      const patched = await attempt(store, { writes: [put(key('d'), {}), patch(key('missing'), {})] });
      assert.equal(patched.result, 'conflict');
      if (patched.key !== undefined) assert.deepEqual({ ...patched.key }, key('missing'));
    },
  },
];
