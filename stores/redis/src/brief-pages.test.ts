import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Query, Transaction } from '@waybill/core';
import { startService } from '@waybill/testing/services/redis';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, test } from 'vitest';
import { openRedisStore, type RedisStore } from './index.ts';

const key = (id: string) => ({ collection: 'things', tenant: 'acme', id });
const put = (id: string, n: number): Transaction => ({
  expect: [],
  writes: [{ kind: 'put', key: key(id), fields: { n, turn: n, text: 'x'.repeat(500) } }],
});
/** Gives `turn` a column of its own. */
const patch = (id: string, turn: number): Transaction => ({
  expect: [],
  writes: [{ kind: 'patch', key: key(id), fields: { turn } }],
});
const all: Query = { collection: 'things', tenant: 'acme', index: 'by-n', equals: [], limit: 2 };

await describeService('Redis', startService, (service) => {
  let store: RedisStore;
  beforeEach(async () => {
    store = await openRedisStore({ url: service.url, namespace: randomUUID() });
    await store.prepare([{ name: 'things', indexes: [{ name: 'by-n', fields: ['n'] }] }]);
  });
  afterEach(() => store.close());

  /** Every page, with what is looked at and nothing else. */
  const looked = async (only: readonly string[]): Promise<unknown[]> => {
    const found: unknown[] = [];
    let after: string | undefined;
    do {
      const page = await store.find({ ...all, only, ...(after === undefined ? {} : { after }) });
      for (const { key: at, version, fields } of page.documents)
        found.push([at, version, ...only.map((name) => fields[name])]);
      after = page.next;
    } while (after !== undefined);
    return found;
  };
  const expected = async (only: readonly string[]): Promise<unknown[]> => {
    const { documents } = await store.find({ ...all, limit: 1_000 });
    return documents.map(({ key: at, version, fields }) => [
      at,
      version,
      ...only.map((name) => fields[name]),
    ]);
  };

  test('a query that looks at some fields only finds them where documents of any age keep them', async () => {
    await store.commit([put('a', 1), put('b', 2), put('c', 3)]);
    for (const only of [['n'], ['turn'], ['turn', 'missing'], ['text']])
      assert.deepEqual(await looked(only), await expected(only));
    await store.commit([patch('b', 20)]);
    await store.commit([put('d', 4), put('e', 5)]);
    for (const only of [[], ['n'], ['turn'], ['n', 'turn'], ['turn', 'text']])
      assert.deepEqual(await looked(only), await expected(only));
  });

  test('a query that looks at what heads have brings no payload', async () => {
    await store.commit([put('a', 1)]);
    const { documents } = await store.find({ ...all, only: ['n'] });
    assert.deepEqual(
      documents.map(({ fields }) => fields),
      [{ n: 1 }],
    );
  });
});
