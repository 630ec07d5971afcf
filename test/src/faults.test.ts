import assert from 'node:assert/strict';
import type { DocumentStore } from '@waybill/core';
import { it } from 'vitest';
import { refuses } from './conformance/refusal.ts';
import { fieldsOf, key, put, things, write } from './conformance/store-cases/documents.ts';
import { faultAt, withFaults } from './faults.ts';
import { harnesses } from './harness/memory.ts';

const memoryStore = async (): Promise<DocumentStore> => {
  const store = await (await harnesses.store?.())?.fresh();
  assert.ok(store);
  await store.prepare([things]);
  return store;
};

it('a call that fails before it is sent changes nothing', async () => {
  const store = await memoryStore();
  const faulty = withFaults(store, faultAt('commit', 2, 'before'));
  await write(faulty, put(key('a'), { n: 1 }));
  await refuses('WB_CONNECTION', 'the second commit', () => write(faulty, put(key('a'), { n: 2 })));
  assert.deepEqual(await fieldsOf(store, key('a')), { n: 1 });
  await write(faulty, put(key('a'), { n: 3 }));
  assert.deepEqual(await fieldsOf(faulty, key('a')), { n: 3 });
});

it('a commit whose answer is lost has happened and is in doubt', async () => {
  const store = await memoryStore();
  const faulty = withFaults(store, faultAt('commit', 1, 'after'));
  await refuses('WB_IN_DOUBT', 'the first commit', () => write(faulty, put(key('a'), { n: 1 })));
  assert.deepEqual(await fieldsOf(store, key('a')), { n: 1 });
});

it('a read whose answer is lost is a lost connection', async () => {
  const faulty = withFaults(await memoryStore(), faultAt('get', 1, 'after'));
  await refuses('WB_CONNECTION', 'the first get', () => faulty.get([key('a')]));
  assert.deepEqual(await faulty.get([key('a')]), [undefined]);
  assert.deepEqual(await faulty.close(), undefined);
});
