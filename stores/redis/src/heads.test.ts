import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Expectation, Fields, Transaction, Write } from '@waybill/core';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, test } from 'vitest';
import { openRedisStore, type RedisStore } from './index.ts';

const key = { collection: 'things', tenant: 'acme', id: 'one' };
const patched = (fields: Fields): Write => ({ kind: 'patch', key, fields });
const put = (fields: Fields): Write => ({ kind: 'put', key, fields });
const deleted: Write = { kind: 'delete', key };
const transaction = (writes: readonly Write[], expect: readonly Expectation[] = []): Transaction => ({
  expect,
  writes,
  reads: [key],
});
const countKeys = "return #redis.call('KEYS', ARGV[1])";
const large = 'large'.repeat(200);

await describeService('a Redis of its own', startOwnRedis, (service) => {
  let store: RedisStore;
  let namespace: string;
  beforeEach(async () => {
    namespace = randomUUID();
    store = await openRedisStore({ url: service.url, namespace });
    const indexes = [{ name: 'by-n', fields: ['n'] }] as const;
    await store.prepare([{ name: 'things', indexes, apart: ['turn'] }]);
    // `wide` gets a column behind all others.
    await store.commit([transaction([put({ wide: 1 })]), transaction([patched({ wide: 2 })])]);
    await store.commit([transaction([deleted])]);
  });
  afterEach(() => store.close());

  const fieldsBehind = async (...batch: readonly Transaction[]): Promise<unknown[]> => {
    const outcomes = await store.commit(batch);
    return outcomes.map((outcome) =>
      outcome.result === 'committed' ? outcome.documents?.[0]?.fields : outcome.result,
    );
  };

  test.each([
    ['that says nothing of itself', ['HDEL', 'layout']],
    ['of another kind', ['HSET', 'layout', '7']],
  ])('documents in a layout %s are refused, and not misread', async (_, [command = '', ...rest]) => {
    const address = { host: '127.0.0.1', port: Number(new URL(service.url).port) };
    await ask(address, [command, `{${namespace}}:store`, ...rest]);
    const other = await openRedisStore({ url: service.url, namespace });
    await assert.rejects(() => other.prepare([{ name: 'things' }]), {
      code: 'WB_CONFIG',
      message: /namespace/,
    });
    await other.close();
  });

  test('a small document is one key, and a large body has a key of its own', async () => {
    const keysWith = async (fields: Fields): Promise<number> => {
      await store.commit([transaction([put(fields)])]);
      const address = { host: '127.0.0.1', port: Number(new URL(service.url).port) };
      const [heads, bodies] = await Promise.all(
        ['d', 'b'].map((part) => ask(address, ['EVAL', countKeys, '0', `{${namespace}}:store:${part}:*`])),
      );
      assert.match(String(heads), /^:1/);
      return 1 + Number(/^:(\d+)/.exec(String(bodies))?.[1]);
    };
    assert.equal(await keysWith({ n: 1, note: 'small', other: [1, 2] }), 1);
    assert.equal(await keysWith({ n: 1, note: large }), 2);
    assert.equal(await keysWith({ turn: 'x'.repeat(200), note: 'small' }), 1);
  });

  test('an index over a field that older heads leave to overlay or body is kept from then on', async () => {
    const beside = { ...key, id: 'two' };
    await store.commit([transaction([put({ late: 2, other: 1, note: 'small' })])]);
    await store.commit([transaction([patched({ note: large })])]); // into the overlay
    const indexes = [{ name: 'by-late', fields: ['late'] }] as const;
    await store.prepare([{ name: 'things', indexes }]);
    const found = async (late: number): Promise<unknown[]> => {
      const query = {
        collection: 'things',
        tenant: 'acme',
        index: 'by-late',
        equals: [],
        range: { min: late, max: late },
      };
      return (await store.find({ ...query, limit: 9 })).documents.map(({ fields }) => fields['other']);
    };
    assert.deepEqual(await found(2), [1]);

    const outcomes = await store.commit([
      { expect: [], writes: [{ kind: 'put', key: beside, fields: { late: 7, other: 7 } }] },
      transaction([patched({ other: 2 })]),
      transaction([patched({ late: 3, note: 'x'.repeat(300) })]),
    ]);
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      ['committed', 'committed', 'committed'],
    );
    assert.deepEqual([await found(2), await found(3), await found(7)], [[], [2], [7]]);
    await store.commit([
      transaction([patched({ late: 4, note: large })]),
      transaction([put({ late: 5, other: 3 })]),
    ]);
    assert.deepEqual([await found(3), await found(4), await found(5)], [[], [], [3]]);
    await store.commit([transaction([deleted])]);
    assert.deepEqual(await found(5), []);
  });

  test('one batch may put, patch and delete a document, and ask for it', async () => {
    const absent: Expectation = { kind: 'absent', key };
    assert.deepEqual(
      await fieldsBehind(
        transaction([put({ n: 1, note: 'a' })], [absent]),
        transaction([patched({ wide: 3 })], [{ kind: 'fields', key, fields: { note: 'a', wide: null } }]),
        transaction([deleted], [{ kind: 'fields', key, fields: { wide: 3 } }]),
        transaction([put({ n: 2, note: large })], [absent]),
        transaction([deleted]),
        transaction([patched({ wide: 4 })]),
        transaction([put({ turn: 1, wide: 5 })], [absent]),
      ),
      [
        { n: 1, note: 'a' },
        { n: 1, note: 'a', wide: 3 },
        undefined,
        { n: 2, note: large },
        undefined,
        'conflict',
        { turn: 1, wide: 5 },
      ],
    );
  });

  test('the same without anybody asking in between', async () => {
    await store.commit([transaction([put({ n: 1, note: 'old' })])]);
    const quiet = (writes: readonly Write[], expect: readonly Expectation[] = []): Transaction => ({
      expect,
      writes,
    });
    const outcomes = await store.commit([
      quiet([put({ n: 2, note: 'new' })]),
      quiet([deleted]),
      quiet([patched({ wide: 3 })]),
      quiet([patched({ wide: 3 })], [{ kind: 'fields', key, fields: { note: 'old' } }]),
    ]);
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      ['committed', 'committed', 'conflict', 'conflict'],
    );
    assert.deepEqual(await store.get([key]), [undefined]);
  });

  test('a body of any size stays as it is while columns come and change in front of it', async () => {
    for (const note of ['small', large]) {
      await store.commit([transaction([deleted])]);
      assert.deepEqual(await fieldsBehind(transaction([put({ n: 1, note, other: { deep: [note] } })])), [
        { n: 1, note, other: { deep: [note] } },
      ]);
      const column = `c${randomUUID()}`;
      for (const value of [1, 'x', null]) {
        assert.deepEqual(await fieldsBehind(transaction([patched({ [column]: value, turn: value })])), [
          { n: 1, note, other: { deep: [note] }, [column]: value, turn: value },
        ]);
      }
      assert.deepEqual(await fieldsBehind(transaction([patched({ note: 'changed', turn: undefined })])), [
        { n: 1, note: 'changed', other: { deep: [note] }, [column]: null },
      ]);
    }
  });
});
