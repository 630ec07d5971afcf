import assert from 'node:assert/strict';
import {
  at,
  attempt,
  commits,
  conflicts,
  fieldsOf,
  found,
  key,
  patch,
  put,
  read,
  remove,
  stocked,
  write,
} from './documents.ts';
import type { StoreCase } from './store-case.ts';

/** What put, patch and delete do to one document. */
export const writeCases: readonly StoreCase[] = [
  {
    id: 'STORE-001',
    promise: 'a document that was put is there, under its key, in the version that commit answered',
    async check(world) {
      const store = await stocked(world);
      const version = await write(store, put(key('a'), { n: 1 }));
      assert.deepEqual(await read(store, key('a')), { key: key('a'), version, fields: { n: 1 } });
    },
  },
  {
    id: 'STORE-002',
    promise: 'a put replaces the whole document',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { old: 1, both: 1 }));
      await write(store, put(key('a'), { both: 2 }));
      assert.deepEqual(await fieldsOf(store, key('a')), { both: 2 });
    },
  },
  {
    id: 'STORE-003',
    promise: 'a patch sets its fields whole and leaves the others',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { kept: { deep: 1 }, whole: { old: 1 } }));
      const version = await write(store, patch(key('a'), { whole: { new: 2 }, added: [3] }));
      const after = await found(store, key('a'));
      assert.deepEqual(after.fields, { kept: { deep: 1 }, whole: { new: 2 }, added: [3] });
      assert.equal(after.version, version);
    },
  },
  {
    id: 'STORE-004',
    promise: 'a patch removes a field that it sets to undefined, and only keeps null as a value',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { gone: 1, nulled: 1, kept: 1 }));
      await write(store, patch(key('a'), { gone: undefined, nulled: null, neverThere: undefined }));
      const fields = await fieldsOf(store, key('a'));
      assert.deepEqual(fields, { nulled: null, kept: 1 });
      assert.deepEqual(Object.keys(fields ?? {}).sort(), ['kept', 'nulled']);
    },
  },
  {
    id: 'STORE-005',
    promise: 'a patch of an absent document is a conflict and creates nothing',
    async check(world) {
      const store = await stocked(world);
      await conflicts(store, { writes: [patch(key('a'), { n: 1 })] });
      assert.equal(await read(store, key('a')), undefined);
      await write(store, put(key('a'), { n: 1 }));
      await write(store, remove(key('a')));
      await conflicts(store, { writes: [patch(key('a'), { n: 2 })] });
      assert.equal(await read(store, key('a')), undefined);
    },
  },
  {
    id: 'STORE-006',
    promise: 'a deleted document is gone, and deleting it again is fine',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { n: 1 }), put(key('b'), { n: 1 }));
      await write(store, remove(key('a')));
      await write(store, remove(key('a')), remove(key('never')));
      assert.deepEqual(
        (await store.get([key('a'), key('b'), key('never')])).map((stored) => stored?.fields),
        [undefined, { n: 1 }, undefined],
      );
    },
  },
  {
    id: 'STORE-007',
    promise: 'every write gives its document a version that it never had, also after a delete',
    async check(world) {
      const store = await stocked(world);
      const seen: number[] = [];
      for (let round = 0; round < 4; round++) {
        seen.push(await write(store, put(key('a'), { same: true })));
        seen.push(await write(store, put(key('a'), { same: true })));
        seen.push(await write(store, patch(key('a'), { same: true })));
        seen.push(await write(store, patch(key('a'), {})));
        await write(store, remove(key('a')));
      }
      assert.equal(new Set(seen).size, seen.length, `versions repeat: ${seen.join(' ')}`);
      for (const version of seen) assert.ok(Number.isSafeInteger(version) && version > 0, `${version}`);
    },
  },
  {
    id: 'STORE-008',
    promise: 'all documents of one transaction get the version that it answers; without writes it answers 0',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { n: 1 }));
      const version = await write(
        store,
        put(key('b'), { n: 1 }),
        patch(key('a'), { n: 2 }),
        put(key('c'), {}),
      );
      const stored = await store.get([key('a'), key('b'), key('c')]);
      assert.deepEqual(
        stored.map((each) => each?.version),
        [version, version, version],
      );
      assert.equal(await commits(store, {}), 0);
    },
  },
  {
    id: 'STORE-115',
    promise: 'a transaction that only deletes answers 0: no document has its version',
    async check(world) {
      const store = await stocked(world);
      const version = await write(store, put(key('a'), { n: 1 }), put(key('b'), { n: 1 }));
      assert.equal(await commits(store, { writes: [remove(key('a'))] }), 0);
      assert.equal(
        await commits(store, {
          expect: [at(key('b'), version)],
          writes: [remove(key('b')), remove(key('c'))],
        }),
        0,
      );
      assert.ok((await commits(store, { writes: [remove(key('b')), put(key('a'), { n: 2 })] })) > 0);
    },
  },
  {
    id: 'STORE-009',
    promise: 'a commit answers the documents named in reads, in that order, as they are right after it',
    async check(world) {
      const store = await stocked(world);
      await write(store, put(key('a'), { n: 1, kept: true }), put(key('gone'), { n: 1 }));
      const outcome = await attempt(store, {
        writes: [patch(key('a'), { n: 2 }), put(key('b'), { n: 3 }), remove(key('gone'))],
        reads: [key('b'), key('gone'), key('a')],
      });
      assert.equal(outcome.result, 'committed');
      const { version } = outcome;
      assert.deepEqual(outcome.documents, [
        { key: key('b'), version, fields: { n: 3 } },
        undefined,
        { key: key('a'), version, fields: { n: 2, kept: true } },
      ]);
    },
  },
  {
    id: 'STORE-010',
    promise: 'one transaction writes to several collections and tenants at once',
    async check(world) {
      const store = await stocked(world, { name: 'others' });
      const keys = [key('a'), key('a', 'umbra'), key('a', 'acme', 'others')];
      await write(store, ...keys.map((each, n) => put(each, { n })));
      assert.deepEqual(
        (await store.get(keys)).map((stored) => stored?.fields),
        [{ n: 0 }, { n: 1 }, { n: 2 }],
      );
    },
  },
];
