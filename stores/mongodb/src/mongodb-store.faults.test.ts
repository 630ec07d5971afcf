import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { type DocumentStore, isWaybillError, type Key, type Transaction } from '@waybill/core';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { MissingService } from '@waybill/testing/services/missing-service';
import { startOwnMongodb, startService } from '@waybill/testing/services/mongodb';
import type { OwnService, Service } from '@waybill/testing/services/service';
import { describeService } from '@waybill/testing/services/vitest';
import type { ServerHeartbeatStartedEvent } from 'mongodb';
import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest';
import { openMongodbStore } from './index.ts';
import { MongoConnection } from './mongo-connection.ts';
import { mongodbStoreOptions } from './options.ts';

const key = (id: string): Key => ({ collection: 'things', tenant: 'acme', id });
const put = (id: string, n: number): Transaction => ({
  expect: [],
  writes: [{ kind: 'put', key: key(id), fields: { n } }],
});
/** Over two documents, and changing what it expects, as all transactions of the engine do. */
const step = (n: number): Transaction => ({
  expect: ['left', 'right'].map((id) => ({ kind: 'fields', key: key(id), fields: { n } })),
  writes: ['left', 'right'].map((id) => ({ kind: 'patch', key: key(id), fields: { n: n + 1 } })),
});
const isUpdate = (request: Buffer): boolean =>
  request.includes('\x02update\0') || request.includes('\x02insert\0');

/** One that the environment names, which is not ours to kill; else one of our own. */
const findServer = async (): Promise<Service | OwnService> => {
  const named = process.env['WAYBILL_TEST_MONGODB_URL'] ?? '';
  if (named === '') return startOwnMongodb();
  if (!URL.canParse(named))
    throw new MissingService('mongodb', ['faults go through a proxy to one host, and the url names several']);
  return startService();
};

/** The proxy stands before one member, and the driver must not look for the others behind its back. */
const directly = (of: string): string => {
  const url = new URL(of);
  url.searchParams.delete('replicaSet');
  url.searchParams.set('directConnection', 'true');
  return url.href;
};

await describeService('a MongoDB', findServer, (service) => {
  let proxy: FaultProxy;
  let database: string;
  let store: DocumentStore;
  /** Not through the proxy. */
  let witness: DocumentStore;

  const open = async (url: string): Promise<DocumentStore> => {
    const opened = await openMongodbStore({ url, database, requestMs: 1_000 });
    await opened.prepare([{ name: 'things', indexes: [{ name: 'byN', fields: ['n'] }] }]);
    return opened;
  };
  const commit = async (transaction: Transaction): Promise<string> => {
    try {
      const [outcome] = await store.commit([transaction]);
      return outcome?.result ?? 'nothing';
    } catch (error) {
      return isWaybillError(error) ? error.code : String(error);
    }
  };
  const valuesOf = async (...ids: readonly string[]): Promise<readonly unknown[]> =>
    (await witness.get(ids.map(key))).map((stored) => stored?.fields['n']);

  beforeAll(async () => {
    const { hostname, port } = new URL(service.url);
    proxy = await FaultProxy.open({ host: hostname, port: Number(port || 27017) });
  });
  afterAll(() => proxy.close());
  beforeEach(async () => {
    proxy.heal();
    database = randomUUID();
    witness = await open(service.url);
    store = await open(directly(proxy.url(service.url)));
    await witness.commit([put('left', 0), put('right', 0)]);
  });
  afterEach(async () => {
    await store.close();
    await witness.close();
  });

  test('a commit whose answer is lost has happened once, whatever it is told', async () => {
    for (let n = 0; n < 5; n++) {
      const dropped = proxy.dropReply(isUpdate);
      const result = await commit(put('a', n));
      await dropped;
      assert.match(result, /^(committed|WB_IN_DOUBT)$/);
      assert.deepEqual(await valuesOf('a'), [n]);
    }
  });

  test('over a network that flaps 40 times each answer is true, and nothing is half or twice', {
    timeout: 60_000,
  }, async () => {
    let flaps = true;
    const flapping = proxy.flap(40, { upMs: 150, downMs: 10 }).then(() => (flaps = false));
    let at = 0;
    while (flaps || at < 20) {
      const result = await commit(step(at));
      if (result === 'committed') at++;
      else if (result === 'conflict') assert.fail(`a conflict that nobody has caused at ${at}`);
      else {
        const [left, right] = await valuesOf('left', 'right');
        assert.equal(left, right, 'half of a transaction is seen');
        assert.ok(
          left === at || (left === at + 1 && result === 'WB_IN_DOUBT'),
          `${result} at ${at}, and it is ${left}`,
        );
        at = Number(left);
      }
    }
    await flapping;
    // The store repeats what was lost, so that it may well be that no call ever failed.
    assert.deepEqual(await valuesOf('left', 'right'), [at, at]);
    assert.ok(proxy.cuts >= 40, 'no connection was ever cut');
  });

  test('no call outlasts its tries while nothing comes through, and all work again afterwards', {
    timeout: 60_000,
  }, async () => {
    proxy.swallow();
    const started = performance.now();
    const settled = await Promise.allSettled([
      store.get([key('left')]),
      store.commit([put('a', 1)]),
      store.commit([step(0)]),
      store.now(),
      store.find({ collection: 'things', tenant: 'acme', index: 'byN', equals: [], limit: 1 }),
    ]);
    assert.ok(performance.now() - started < 12_000, `${performance.now() - started} ms`);
    assert.deepEqual(new Set(settled.map(({ status }) => status)), new Set(['rejected']));
    proxy.heal();
    const healed = performance.now();
    while ((await commit(put('a', 2))) !== 'committed') assert.ok(performance.now() - healed < 60_000);
  });

  test('what was answered survives kill -9, and the store goes on by itself', {
    timeout: 240_000,
  }, async (context) => {
    if (!('kill' in service)) return context.skip('the server is not ours to kill');
    const answered: number[] = [];
    let n = 0;
    let works = true;
    let latest = '';
    const work = (async () => {
      while (works) {
        const id = n++;
        latest = await commit(put(`doc-${id}`, id));
        if (latest === 'committed') answered.push(id);
      }
    })();
    await pause(500);
    while (answered.length === 0) await pause(20);
    await service.kill();
    await pause(100);
    await service.restart();
    const before = answered.length;
    const restarted = performance.now();
    while (answered.length < before + 10 && performance.now() - restarted < 90_000) await pause(20);
    works = false;
    await work;
    assert.ok(
      before > 0 && answered.length >= before + 10,
      `${before} before and ${answered.length} after it, at last ${latest}`,
    );
    const found = await witness.get(answered.map((id) => key(`doc-${id}`)));
    assert.deepEqual(
      found.map((stored) => stored?.fields['n']),
      answered,
    );
  });

  // What the driver does now and then when all of its connections break at once: see `Heartbeats`.
  test('a client that has ceased to look for its server is replaced, and finishes what it has begun', async () => {
    const options = mongodbStoreOptions.parse({ url: service.url, database, requestMs: 250 });
    const mongo = await MongoConnection.open(options);
    const { client } = mongo;
    const closed = once(client, 'topologyClosed');
    const lost = { connectionId: '127.0.0.1:1', awaited: false } as ServerHeartbeatStartedEvent;
    client.emit('serverHeartbeatStarted', lost);
    const begun = mongo.run({ changes: false, deadline: performance.now() + 5_000 }, async () => {
      await pause(800);
      return client.db('admin').command({ ping: 1 });
    });
    await pause(501);
    const ping = (): Promise<unknown> => mongo.run({ changes: false }, () => mongo.db.command({ ping: 1 }));
    await Promise.all([ping(), ping()]);
    assert.notEqual(mongo.client, client);
    await begun;
    await closed;
    await mongo.close();
  });

  test('a transaction that a client leaves half done when it is killed is finished or undone by others', async () => {
    const other = await openMongodbStore({
      url: directly(proxy.url(service.url)),
      database,
      requestMs: 1_000,
    });
    await other.prepare([{ name: 'things' }]);
    const leaving = other.commit([step(0)]).then(
      ([outcome]) => outcome?.result,
      () => 'unknown',
    );
    await pause(3);
    proxy.goDown();
    const result = await leaving;
    proxy.heal();
    const deadline = performance.now() + 15_000;
    for (;;) {
      const [left, right] = await valuesOf('left', 'right');
      assert.equal(left, right, 'half of a transaction is seen');
      if (result === 'committed') assert.equal(left, 1);
      if ((await commit(step(Number(left)))) === 'committed') break;
      assert.ok(performance.now() < deadline, 'what it left stands in the way');
    }
    await other.close();
  });
});
