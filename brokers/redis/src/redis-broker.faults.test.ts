import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Delivery, isWaybillError, type Ticket } from '@waybill/core';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, test, vi } from 'vitest';
import { openRedisBroker, type RedisBroker } from './index.ts';

const ticket = (n: number): Ticket => ({
  tenant: 'acme',
  taskId: `t${n}`,
  queue: 'normal',
  rank: n % 11,
  epoch: 0,
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const wanted = [{ queue: 'normal', max: 50 }] as const;

/** Asks again after an error that says that this may help. */
const stubbornly = async <T>(call: () => Promise<T>): Promise<T> => {
  for (const deadline = performance.now() + 10_000; ; ) {
    try {
      return await call();
    } catch (error) {
      if (!isWaybillError(error) || !error.retryable || performance.now() > deadline) throw error;
    }
  }
};

await describeService('a Redis of its own', startOwnRedis, (service) => {
  const address = { host: '127.0.0.1', port: Number(new URL(service.url).port) };
  let proxy: FaultProxy;
  let broker: RedisBroker;
  let witness: RedisBroker;

  beforeAll(async () => {
    proxy = await FaultProxy.open(address);
  });
  afterAll(() => proxy.close());
  beforeEach(async () => {
    proxy.heal();
    const options = { namespace: randomUUID(), requestMs: 1_000, loanMs: 60_000 };
    broker = await openRedisBroker({ ...options, url: proxy.url(service.url) });
    witness = await openRedisBroker({ ...options, url: service.url, requestMs: 10_000 });
  });
  afterEach(async () => {
    await broker.close();
    await witness.close();
  });

  /** Takes and commits until this many different tickets have come; answers how often each. A commit may be lost. */
  const drain = async (count: number): Promise<ReadonlyMap<string, number>> => {
    const seen = new Map<string, number>();
    for (const deadline = performance.now() + 15_000; seen.size < count && performance.now() < deadline; ) {
      const loans: readonly Delivery<Ticket>[] = await stubbornly(() =>
        broker.acquire({ wanted, waitMs: 200 }),
      );
      for (const { item } of loans) seen.set(item.taskId, (seen.get(item.taskId) ?? 0) + 1);
      await Promise.all(loans.map((loan) => loan.commit().catch(() => undefined))); // then it comes again
    }
    return seen;
  };

  const waiting = async (): Promise<number> => (await witness.depth()).get('normal') ?? 0;

  test('tickets whose acquisition was never answered come at once, each of them once', async () => {
    await witness.enqueue(numbers(100).map(ticket));
    for (let round = 0; round < 4; round++) void proxy.dropReply((request) => request.includes('EVAL'));
    const seen = await drain(100);
    assert.deepEqual([...new Set(seen.values())], [1]);
    assert.equal(seen.size, 100);
    assert.equal(await waiting(), 0);
  });

  test('an enqueue whose answer is lost happens once', async () => {
    const dropped = proxy.dropReply((request) => request.includes('EVAL'));
    await broker.enqueue(numbers(10).map(ticket));
    await dropped;
    assert.equal(await waiting(), 10);
  });

  test('a settlement whose answer is lost happens once', async () => {
    await broker.enqueue(numbers(3).map(ticket));
    const loans = await broker.acquire({ wanted, waitMs: 0 });
    assert.equal(loans.length, 3);
    const [first, second, third] = loans;
    const dropped = proxy.dropReply((request) => request.includes('EVAL'));
    await Promise.all([first?.commit(), second?.rollback({ to: 'retry' }), third?.rollback({ to: 'drop' })]);
    await dropped;
    assert.equal(await waiting(), 1);
  });

  test('over a network that flaps 100 times no ticket is lost, and few come twice', async () => {
    const flapping = proxy.flap(100, { upMs: 15, downMs: 4 });
    const sent = numbers(2_000);
    const sending = (async () => {
      for (let n = 0; n < sent.length; n += 20)
        await stubbornly(() => broker.enqueue(sent.slice(n, n + 20).map(ticket)));
    })();
    const seen = await drain(sent.length);
    await Promise.all([sending, flapping]);
    assert.equal(seen.size, sent.length);
    const repeated = [...seen.values()].filter((times) => times > 1).length;
    assert.ok(repeated < sent.length / 2, `${repeated} came twice`);
  });

  test('who waits is woken after FLUSHALL, after a restart and after its connections are killed', async () => {
    const faults = [
      () => ask(address, ['FLUSHALL']),
      () => service.restart(),
      () => ask(address, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']),
      () => ask(address, ['SCRIPT', 'FLUSH']),
    ];
    for (const [n, fault] of faults.entries()) {
      const acquired = stubbornly(() => broker.acquire({ wanted, waitMs: 8_000 }));
      await pause(50);
      await fault();
      await pause(50);
      await stubbornly(() => witness.enqueue([ticket(n)]));
      const started = performance.now();
      const [loan] = await acquired;
      assert.equal(loan?.item.taskId, `t${n}`);
      await loan?.commit();
      assert.ok(performance.now() - started < 4_000, `fault ${n}: ${performance.now() - started} ms`);
    }
  });

  test('a wait ends in time although nothing comes through', async () => {
    await broker.depth();
    proxy.swallow();
    const started = performance.now();
    const outcome = await broker.acquire({ wanted, waitMs: 300 }).then(
      () => 'answered',
      (error: unknown) => (isWaybillError(error) ? error.code : String(error)),
    );
    assert.ok(performance.now() - started < 3_500, `${outcome} after ${performance.now() - started} ms`);
    proxy.heal();
    await witness.enqueue([ticket(1)]);
    const [loan] = await stubbornly(() => broker.acquire({ wanted, waitMs: 5_000 }));
    assert.equal(loan?.item.taskId, 't1');
  });

  test('a settlement that failed is made good as soon as the server can be reached', async () => {
    await broker.enqueue(numbers(2).map(ticket));
    const [first, second] = await broker.acquire({ wanted, waitMs: 0 });
    proxy.goDown();
    const settled = await Promise.allSettled([first?.commit(), second?.rollback({ to: 'retry' })]);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    proxy.heal();
    const [again] = await stubbornly(() => broker.acquire({ wanted, waitMs: 2_000 }));
    assert.equal(again?.item.taskId, second?.item.taskId);
    await again?.commit();
    assert.equal((await witness.acquire({ wanted, waitMs: 0 })).length, 0);
  });

  test('whenever it is closed, no connection is left behind', async () => {
    await broker.depth();
    const before = proxy.connections;
    for (const ms of [0, 1, 2, 3, 4, 6, 9]) {
      const short = await openRedisBroker({ url: proxy.url(service.url), namespace: randomUUID() });
      const waiting = short.acquire({ wanted, waitMs: 60_000 }).catch(() => []);
      await pause(ms);
      await Promise.all([short.close(), waiting]);
    }
    await vi.waitUntil(() => proxy.connections === before, 5_000);
  });

  test('no call outlasts its deadline while nothing comes through', async () => {
    await broker.enqueue([ticket(0)]);
    const [loan] = await broker.acquire({ wanted, waitMs: 0 });
    proxy.swallow();
    const started = performance.now();
    const calls = [
      broker.enqueue([ticket(1)]),
      broker.depth(),
      broker.clear(['batch']),
      broker.acquire({ wanted, waitMs: 0 }),
      loan?.commit(),
    ];
    const settled = await Promise.allSettled(calls);
    assert.ok(performance.now() - started < 2_500, `${performance.now() - started} ms`);
    assert.deepEqual([...new Set(settled.map(({ status }) => status))], ['rejected']);
  });

  test('what a dead holder had on loan goes to others when the loans end', async () => {
    const namespace = randomUUID();
    const dying = await openRedisBroker({
      url: proxy.url(service.url),
      namespace,
      requestMs: 300,
      loanMs: 400,
    });
    const heir = await openRedisBroker({ url: service.url, namespace, loanMs: 400 });
    await heir.enqueue(numbers(5).map(ticket));
    assert.equal((await dying.acquire({ wanted, waitMs: 0 })).length, 5);
    proxy.goDown();
    const loans = await heir.acquire({ wanted, waitMs: 5_000 });
    assert.equal(loans.length, 5);
    await Promise.all(loans.map((loan) => loan.commit()));
    await dying.close();
    await heir.close();
  });
});
