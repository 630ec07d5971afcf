import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type CommitOutcome, isWaybillError, type Key, type Transaction } from '@waybill/core';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest';
import { openRedisStore, type RedisStore } from './index.ts';

const key = (id: string): Key => ({ collection: 'things', tenant: 'acme', id });
const put = (id: string, n: number): Transaction => ({
  expect: [],
  writes: [{ kind: 'put', key: key(id), fields: { n, text: 'x'.repeat(100) } }],
});
/** Changes what it expects, as all transactions of the engine do: a repetition meets a conflict. */
const step = (n: number): Transaction => ({
  expect: [{ kind: 'fields', key: key('counter'), fields: { n } }],
  writes: [{ kind: 'patch', key: key('counter'), fields: { n: n + 1 } }],
});

const codeOf = (error: unknown): string => (isWaybillError(error) ? error.code : String(error));
const isCommit = (request: Buffer): boolean => request.includes('EVAL') && request.includes(':store');

await describeService('a Redis of its own', startOwnRedis, (service) => {
  let proxy: FaultProxy;
  let namespace: string;
  let store: RedisStore;
  /** Not through the proxy. */
  let witness: RedisStore;

  const open = async (url: string): Promise<RedisStore> => {
    const opened = await openRedisStore({ url, namespace, requestMs: 1_000 });
    await opened.prepare([{ name: 'things', indexes: [{ name: 'by-n', fields: ['n'] }] }]);
    return opened;
  };

  beforeAll(async () => {
    proxy = await FaultProxy.open({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
  });
  afterAll(() => proxy.close());
  beforeEach(async () => {
    proxy.heal();
    namespace = randomUUID();
    store = await open(proxy.url(service.url));
    witness = await open(service.url);
  });
  afterEach(async () => {
    await store.close();
    await witness.close();
  });

  const commit = async (transaction: Transaction): Promise<CommitOutcome['result'] | string> => {
    try {
      const [outcome] = await store.commit([transaction]);
      return outcome?.result ?? 'nothing';
    } catch (error) {
      return codeOf(error);
    }
  };
  const counted = async (): Promise<number> => Number((await witness.get([key('counter')]))[0]?.fields['n']);

  test('a commit whose answer is lost is in doubt, and has happened', async () => {
    await store.commit([put('a', 0)]);
    const dropped = proxy.dropReply(isCommit);
    assert.equal(await commit(put('a', 1)), 'WB_IN_DOUBT');
    await dropped;
    assert.equal((await witness.get([key('a')]))[0]?.fields['n'], 1);
  });

  test('a lost answer to a read or a declaration is no doubt', async () => {
    await store.commit([put('a', 0)]);
    void proxy.dropReply((request) => request.includes('MGET'));
    await assert.rejects(store.get([key('a')]), { code: 'WB_CONNECTION' });
    assert.equal((await store.get([key('a')]))[0]?.fields['n'], 0);
  });

  test('of a commit that the server gets to too late nothing happens', async () => {
    await store.commit([put('a', 0)]);
    service.pause();
    assert.equal(await commit(put('a', 1)), 'WB_IN_DOUBT');
    service.resume();
    await pause(200);
    assert.equal((await witness.get([key('a')]))[0]?.fields['n'], 0);
    await pause(200);
    assert.equal(await commit(put('a', 2)), 'committed');
  });

  test('over a network that flaps 100 times each answer is true, and nothing is applied twice', async () => {
    const flapping = proxy.flap(100, { upMs: 12, downMs: 4 });
    let flaps = true;
    void flapping.then(() => (flaps = false));
    await store.commit([put('counter', 0)]).catch(() => witness.commit([put('counter', 0)]));
    if ((await counted()) !== 0) await witness.commit([put('counter', 0)]);
    let at = 0;
    let doubts = 0;
    while (flaps || at < 300) {
      const result = await commit(step(at));
      if (result === 'committed') at++;
      else if (result === 'WB_IN_DOUBT') {
        doubts++;
        at = await counted();
      } else assert.equal(result, 'WB_CONNECTION', `a conflict that nobody has caused at ${at}`);
    }
    assert.equal(await counted(), at);
    const { total } = await witness.find({
      collection: 'things',
      tenant: 'acme',
      index: 'by-n',
      equals: [],
      limit: 0,
      total: true,
    });
    assert.equal(total, 1, 'an index entry was left behind');
    assert.ok(doubts > 0, 'no answer was ever lost');
  });

  test('what was answered survives kill -9, and the store goes on by itself within ten seconds', async () => {
    const answered: number[] = [];
    let n = 0;
    const work = (async () => {
      while (n < 400) {
        const id = n++;
        const result = await commit(put(`doc-${id}`, id));
        if (result === 'committed') answered.push(id);
      }
    })();
    await pause(60);
    await service.kill();
    await pause(100);
    await service.restart();
    const restarted = performance.now();
    await work;
    assert.ok(performance.now() - restarted < 10_000);
    const found = await witness.get(answered.map((id) => key(`doc-${id}`)));
    assert.deepEqual(
      found.map((stored) => stored?.fields['n']),
      answered,
    );
  });

  test('no call outlasts its deadline while nothing comes through, and all work again afterwards', async () => {
    await store.commit([put('a', 0)]);
    proxy.swallow();
    const started = performance.now();
    const calls = [
      store.get([key('a')]),
      store.commit([put('a', 1)]),
      store.now(),
      store.prepare([{ name: 'others' }]),
      store.find({ collection: 'things', tenant: 'acme', index: 'by-n', equals: [], limit: 1 }),
    ];
    const settled = await Promise.allSettled(calls);
    assert.ok(performance.now() - started < 2_500, `${performance.now() - started} ms`);
    assert.ok(settled.every(({ status }) => status === 'rejected'));
    proxy.heal();
    const healed = performance.now();
    while ((await commit(put('a', 2))) !== 'committed') assert.ok(performance.now() - healed < 10_000);
  });

  test('a server that has lost everything is declared to again', async () => {
    await store.commit([put('a', 1)]);
    await store.commit([{ expect: [], writes: [{ kind: 'patch', key: key('a'), fields: { other: 1 } }] }]);
    await ask({ host: '127.0.0.1', port: Number(new URL(service.url).port) }, ['FLUSHALL']);
    // Another process is there first, and its columns are others.
    const other = await openRedisStore({ url: service.url, namespace });
    await other.prepare([{ name: 'things', indexes: [{ name: 'by-text', fields: ['text'] }] }]);
    await other.commit([put('b', 7)]);
    await other.close();
    const [a, b] = await store.get([key('a'), key('b')]);
    assert.deepEqual([a, b?.fields], [undefined, { n: 7, text: 'x'.repeat(100) }]);
    assert.equal(await commit(put('a', 2)), 'committed');
    const page = await store.find({
      collection: 'things',
      tenant: 'acme',
      index: 'by-n',
      equals: [],
      limit: 5,
    });
    assert.deepEqual(
      page.documents.map(({ fields }) => fields['n']),
      [2, 7],
    );
  });
});
