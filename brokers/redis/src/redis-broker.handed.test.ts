import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Delivery, QueueName, Ticket } from '@waybill/core';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, test, vi } from 'vitest';
import { openRedisBroker, type RedisBroker } from './index.ts';
import { WakeUps } from './wake-ups.ts';

const ticket = (taskId: string, queue: QueueName = 'normal', rank = 5): Ticket => ({
  tenant: 'acme',
  taskId,
  queue,
  rank,
  epoch: 0,
});
const wanted = [{ queue: 'normal', max: 5 }] as const;
const ids = (loans: readonly Delivery<Ticket>[]): string[] => loans.map(({ item }) => item.taskId);
/** Longer than a process is taken for one that waits. */
const forgottenMs = 1_700;

await describeService('a Redis of its own', startOwnRedis, (service) => {
  const address = { host: '127.0.0.1', port: Number(new URL(service.url).port) };
  let proxy: FaultProxy;
  let namespace: string;
  let broker: RedisBroker;
  let witness: RedisBroker;

  beforeAll(async () => {
    proxy = await FaultProxy.open(address);
  });
  afterAll(() => proxy.close());
  beforeEach(async () => {
    proxy.heal();
    namespace = randomUUID();
    broker = await openRedisBroker({ url: service.url, namespace });
    witness = await openRedisBroker({ url: service.url, namespace });
  });
  afterEach(async () => {
    await broker.close();
    await witness.close();
  });

  const scriptCalls = async (): Promise<number> => {
    const info = await ask(address, ['INFO', 'commandstats']);
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };

  const everLent = async (): Promise<number> => {
    const reply = await ask(address, ['HGET', `{${namespace}}:broker`, 'lent']);
    return Number(/^\$\d+\r\n(\d+)/.exec(reply)?.[1] ?? 0);
  };

  /** One that has looked, found nothing, and waits. */
  const waiting = async (
    by: RedisBroker,
    signal?: AbortSignal,
  ): Promise<() => ReturnType<RedisBroker['acquire']>> => {
    const acquired = by.acquire({ wanted, waitMs: 10_000, ...(signal === undefined ? {} : { signal }) });
    await pause(100);
    return () => acquired;
  };

  test('who waits is lent the ticket when it comes, without a request of its own', async () => {
    const acquired = await waiting(broker);
    const before = await scriptCalls();
    await witness.enqueue([ticket('a')]);
    const [loan] = await acquired();
    assert.equal(loan?.item.taskId, 'a');
    assert.equal((await scriptCalls()) - before, 1);
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), []);
    await loan.rollback({ to: 'retry' });
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), ['a']);
  });

  test('of several tickets each who waits is lent the first one that is left; the others stay in their order', async () => {
    const [one, other] = [await waiting(broker), await waiting(witness)];
    const third = await openRedisBroker({ url: service.url, namespace });
    await third.enqueue([ticket('c'), ticket('d'), ticket('a', 'normal', 9), ticket('b', 'normal', 7)]);
    assert.deepEqual([...ids(await one()), ...ids(await other())].sort(), ['a', 'b']);
    assert.deepEqual(ids(await third.acquire({ wanted, waitMs: 0 })), ['c', 'd']);
    await third.close();
  });

  test('of two who wait a ticket wakes one, and the next ticket the other', async () => {
    const both = [await waiting(broker), await waiting(witness)];
    const third = await openRedisBroker({ url: service.url, namespace });
    const before = await scriptCalls();
    await third.enqueue([ticket('a')]);
    await pause(100);
    await third.enqueue([ticket('b')]);
    assert.deepEqual((await Promise.all(both.map((acquired) => acquired()))).flatMap(ids).sort(), ['a', 'b']);
    assert.equal((await scriptCalls()) - before, 2);
    await third.close();
  });

  test('who waits no longer is lent nothing: its signal, its time and its close tell', async () => {
    const stop = new AbortController();
    const acquired = await waiting(broker, stop.signal);
    stop.abort();
    assert.deepEqual(await acquired(), []);
    await witness.enqueue([ticket('a')]);
    assert.equal(await everLent(), 0);
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), ['a']);
    assert.deepEqual(await broker.acquire({ wanted, waitMs: 100 }), []);
    await witness.enqueue([ticket('b')]);
    assert.equal(await everLent(), 1);
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), ['b']);
    const closed = await waiting(broker);
    await broker.close();
    assert.deepEqual(await closed(), []);
    await witness.enqueue([ticket('c')]);
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), ['c']);
  });

  test('who waits again after its signal is lent the next ticket', async () => {
    const stop = new AbortController();
    const first = await waiting(broker, stop.signal);
    stop.abort();
    assert.deepEqual(await first(), []);
    const acquired = await waiting(broker);
    const before = await scriptCalls();
    await witness.enqueue([ticket('a')]);
    assert.deepEqual(ids(await acquired()), ['a']);
    assert.equal((await scriptCalls()) - before, 1);
  });

  test('who was remembered before the clock of the server was set back is lent nothing', async () => {
    const inAnHour = String(Date.now() + 3_600_000);
    await ask(address, ['ZADD', `{${namespace}}:broker:waiters:n`, inAnHour, '30000 ghost']);
    await witness.enqueue([ticket('a')]);
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), ['a']);
  });

  test('what is lent before it is known that nobody waits any more goes back at once', async () => {
    const leave = vi.spyOn(WakeUps.prototype, 'leave').mockReturnValue();
    const stop = new AbortController();
    const acquired = await waiting(broker, stop.signal);
    stop.abort();
    assert.deepEqual(await acquired(), []);
    leave.mockRestore();
    await witness.enqueue([ticket('a')]);
    const from = performance.now();
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 5_000 })), ['a']);
    assert.ok(performance.now() - from < 500);
  });

  test('a wait for one queue that is met leaves none for the others', async () => {
    const queues = [
      { queue: 'critical', max: 1 },
      { queue: 'normal', max: 1 },
    ] as const;
    const acquired = broker.acquire({ wanted: queues, waitMs: 10_000 });
    await pause(100);
    await witness.enqueue([ticket('a'), ticket('b', 'critical')]);
    assert.deepEqual(ids(await acquired), ['b']);
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), ['a']);
  });

  test('whenever who waits is closed, what is enqueued meanwhile goes to another at once, each ticket once', async () => {
    for (let round = 0; round < 40; round++) {
      const short = await openRedisBroker({ url: service.url, namespace });
      const stop = new AbortController();
      const acquired = await waiting(short, stop.signal);
      const enqueued = witness.enqueue([ticket(`t${round}`)]);
      for (let turns = round % 8; turns > 0; turns--) await pause(0);
      if (round % 3 === 0) stop.abort();
      const [loans] = await Promise.all([acquired(), short.close()]);
      await enqueued;
      assert.deepEqual(
        ids(await witness.acquire({ wanted, waitMs: 2_000 })),
        [`t${round}`],
        `${loans.length} before`,
      );
      assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), []);
    }
  });

  test('what was lent to a process that is gone goes to another when the loan ends', async () => {
    const gone = await openRedisBroker({
      url: proxy.url(service.url),
      namespace,
      requestMs: 300,
      loanMs: 400,
    });
    const acquired = (await waiting(gone))().catch(() => []);
    proxy.goDown();
    await witness.enqueue([ticket('a')]);
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), [], 'it is lent');
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 5_000 })), ['a']);
    await gone.close();
    await acquired;
  });

  test('what was lent to a process while it was cut off, and gave up waiting, goes to another when it is back', async () => {
    const through = await openRedisBroker({ url: proxy.url(service.url), namespace, requestMs: 1_000 });
    const acquired = (await waiting(through))().catch(() => []);
    proxy.goDown();
    await witness.enqueue([ticket('a')]);
    assert.equal(await everLent(), 1);
    assert.deepEqual(await acquired, []);
    proxy.heal();
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 8_000 })), ['a']);
    await through.close();
  });

  test('a process that has not looked for a while is lent nothing', async () => {
    const gone = await openRedisBroker({ url: proxy.url(service.url), namespace, requestMs: 300 });
    const acquired = (await waiting(gone))().catch(() => []);
    proxy.goDown();
    await pause(forgottenMs);
    await witness.enqueue([ticket('a')]);
    assert.deepEqual(ids(await witness.acquire({ wanted, waitMs: 0 })), ['a']);
    await gone.close();
    await acquired;
  });

  test('what is told while the connection that listens is away is told when it is back', async () => {
    const through = await openRedisBroker({ url: proxy.url(service.url), namespace, requestMs: 1_000 });
    const acquired = await waiting(through);
    await ask(address, ['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes']);
    for (let tries = 0; tries < 50; tries++) {
      try {
        await witness.enqueue([ticket('a')]);
        break;
      } catch {
        await pause(20); // its own connection was killed as well
      }
    }
    const from = performance.now();
    const loans = await acquired().catch(() => through.acquire({ wanted, waitMs: 5_000 }));
    assert.deepEqual(ids(loans), ['a']);
    assert.ok(performance.now() - from < 3_000, `${performance.now() - from} ms`);
    await through.close();
  });

  test('several who wait in one process are served, each once', async () => {
    const all = Array.from({ length: 6 }, () =>
      broker.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: 10_000 }),
    );
    await pause(100);
    for (let n = 0; n < 3; n++) await witness.enqueue([ticket(`one${n}`)]);
    await witness.enqueue([ticket('all0'), ticket('all1'), ticket('all2')]);
    assert.deepEqual((await Promise.all(all)).flatMap(ids).sort(), [
      'all0',
      'all1',
      'all2',
      'one0',
      'one1',
      'one2',
    ]);
  });
});
