import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Key, Transaction, Write } from '@waybill/core';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, test } from 'vitest';
import { openRedisStore, type RedisStore } from './index.ts';

const keyOf = (id: string, tenant = 'acme', collection = 'things'): Key => ({ collection, tenant, id });
const put = (key: Key, n: number): Transaction => ({
  expect: [],
  writes: [{ kind: 'put', key, fields: { n } }],
});
const range = (length: number): number[] => Array.from({ length }, (_, n) => n);

await describeService('a Redis of its own', startOwnRedis, (service) => {
  let store: RedisStore;
  beforeEach(async () => {
    store = await openRedisStore({ url: service.url, namespace: randomUUID() });
    await store.prepare([{ name: 'things', indexes: [{ name: 'by-n', fields: ['n'] }] }, { name: 'others' }]);
  });
  afterEach(() => store.close());

  test.each([1, 31, 32, 33, 127, 128, 129, 300])('a conflict in operation %i names its key', async (nth) => {
    const expect = range(nth).map((n) => ({ kind: 'absent', key: keyOf(String(n)) }) as const);
    const key = keyOf(String(nth - 1));
    await store.commit([put(key, 1)]);
    assert.deepEqual(await store.commit([{ expect, writes: [] }]), [{ result: 'conflict', key }]);
  });

  test('keys that share an id are keys of their own', async () => {
    const keys = [
      ...range(2_000).map((n) => keyOf('settings', `tenant-${n}`)),
      ...range(2_000).map((n) => keyOf('settings', `tenant-${n}`, 'others')),
    ];
    const expect = keys.map((key) => ({ kind: 'absent', key }) as const);
    const again = [keys[0], keys[1], keys[2_000], keys[2_001]] as Key[]; // there are 4,000
    const [first, ...others] = await store.commit([
      { expect, writes: keys.map((key, n) => ({ kind: 'put', key, fields: { n } })) },
      ...again.map((key): Transaction => ({ expect: [{ kind: 'absent', key: { ...key } }], writes: [] })),
    ]);
    assert.equal(first?.result, 'committed');
    assert.deepEqual(
      others,
      again.map((key) => ({ result: 'conflict', key })),
    );
    const found = await store.get([keys[1] as Key, keys[2_001] as Key]); // there are 4,000
    assert.deepEqual(
      found.map((stored) => stored?.fields),
      [{ n: 1 }, { n: 2_001 }],
    );
  });

  test('as many documents as anybody asks for come in one moment', { timeout: 30_000 }, async () => {
    const keys = range(140_000).map((n) => keyOf(String(n)));
    await store.commit([put(keyOf('7'), 7), put(keyOf('69999'), 8)]);
    const found = async () => {
      const documents = await store.get(keys);
      assert.equal(documents.length, keys.length);
      return documents.flatMap((stored) => stored?.fields ?? []);
    };
    assert.deepEqual(await found(), [{ n: 7 }, { n: 8 }]);
    const patch = { kind: 'patch', key: keyOf('7'), fields: { more: [1] } } as const;
    await store.commit([{ expect: [], writes: [patch] }]); // such a document takes a script to be seen whole
    assert.deepEqual(await found(), [{ n: 7, more: [1] }, { n: 8 }]);
  });

  test('more keys than a command takes at once: versions run on', async () => {
    for (const count of [3_998, 3_999, 4_000, 4_001]) {
      const outcomes = await store.commit(range(count).map((n) => put(keyOf(String(n)), n)));
      const versions = outcomes.map((outcome) => (outcome.result === 'committed' ? outcome.version : -1));
      assert.deepEqual(
        versions,
        range(count).map((n) => (versions[0] ?? 0) + n),
      );
      const [next] = await store.commit([put(keyOf('next'), count)]);
      assert.ok(next?.result === 'committed' && next.version > (versions.at(-1) ?? 0));
    }
  });

  test('a document that comes to be in a batch, and moves or goes in the same, stands in its index once', async () => {
    const writes = (...writes: readonly Write[]): Transaction => ({ expect: [], writes });
    const [moved, gone, again] = [keyOf('moved'), keyOf('gone'), keyOf('again')];
    await store.commit([
      put(moved, 1),
      put(gone, 1),
      put(again, 1),
      writes({ kind: 'patch', key: moved, fields: { n: 2 } }, { kind: 'delete', key: gone }),
      put(again, 3),
      writes({ kind: 'delete', key: again }),
      put(again, 4),
    ]);
    const query = { collection: 'things', tenant: 'acme', index: 'by-n', equals: [], order: 'asc' } as const;
    const { documents, total } = await store.find({ ...query, limit: 10, total: true });
    assert.deepEqual(
      documents.map(({ key: { id }, fields }) => [id, fields['n']]),
      [
        ['moved', 2],
        ['again', 4],
      ],
    );
    assert.equal(total, 2);
  });

  test('a key that its caller changes while the commit waits is still the one that was asked for', async () => {
    const key = { collection: 'things', tenant: 'acme', id: 'one' };
    const wide = { kind: 'put', key: keyOf('wide'), fields: { text: 'wide'.repeat(2 ** 20) } } as const;
    const committing = store.commit([{ expect: [], writes: [wide] }, put(key, 1), put(keyOf('two'), 2)]);
    key.id = 'other';
    await committing;
    const [one, other] = await store.get([keyOf('one'), keyOf('other')]);
    assert.deepEqual([one?.fields, other], [{ n: 1 }, undefined]);
  });

  test('large documents come whole from a page, with small ones among them and an overlay', async () => {
    const large = 'large'.repeat(2_000);
    await store.commit(range(20).map((n) => put(keyOf(String(n)), n)));
    await store.commit(
      range(10).map((n) => ({
        expect: [],
        writes: [{ kind: 'patch', key: keyOf(String(2 * n)), fields: { large } }],
      })),
    );
    await store.commit([
      { expect: [], writes: [{ kind: 'put', key: keyOf('20'), fields: { n: 20, large, more: large } }] },
    ]);
    const query = { collection: 'things', index: 'by-n', tenant: 'acme', equals: [], limit: 100 } as const;
    const { documents } = await store.find(query);
    assert.deepEqual(
      documents.map(({ fields }) => fields),
      range(21).map((n) => (n === 20 ? { n, large, more: large } : n % 2 === 0 ? { n, large } : { n })),
    );
  });
});
