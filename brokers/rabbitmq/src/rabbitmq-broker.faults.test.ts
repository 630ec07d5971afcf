import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Delivery, isWaybillError, type Ticket } from '@waybill/core';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { startOwnRabbit } from '@waybill/testing/services/rabbitmq';
import { describeService } from '@waybill/testing/services/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, test, vi } from 'vitest';
import { openRabbitmqBroker, type RabbitmqBroker } from './index.ts';

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
  for (const deadline = performance.now() + 60_000; ; ) {
    try {
      return await call();
    } catch (error) {
      if (!isWaybillError(error) || !error.retryable || performance.now() > deadline) throw error;
    }
  }
};

const commitAll = async (loans: readonly Delivery<Ticket>[]): Promise<readonly Delivery<Ticket>[]> => {
  await Promise.all(loans.map((loan) => loan.commit()));
  return loans;
};

/** A machine that is busy may take its time: these tests are about what happens, not about when. */
vi.setConfig({ testTimeout: 150_000 });

await describeService('a RabbitMQ of its own', startOwnRabbit, (service) => {
  let proxy: FaultProxy;
  let broker: RabbitmqBroker;
  let witness: RabbitmqBroker;

  beforeAll(async () => {
    proxy = await FaultProxy.open({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
  });
  afterAll(() => proxy.close());
  beforeEach(async () => {
    proxy.heal();
    const options = { namespace: randomUUID(), requestMs: 2_000 };
    broker = await openRabbitmqBroker({ ...options, url: proxy.url(service.url).replace(/\/$/, '') });
    witness = await openRabbitmqBroker({ ...options, url: service.url });
  });
  afterEach(async () => {
    await broker.close();
    await witness.close();
  });

  /** Takes and commits until this many different tickets have come; answers how often each. A commit may be lost. */
  const drain = async (count: number): Promise<ReadonlyMap<string, number>> => {
    const seen = new Map<string, number>();
    for (const deadline = performance.now() + 60_000; seen.size < count && performance.now() < deadline; ) {
      const loans: readonly Delivery<Ticket>[] = await stubbornly(() =>
        broker.acquire({ wanted, waitMs: 200 }),
      );
      for (const { item } of loans) seen.set(item.taskId, (seen.get(item.taskId) ?? 0) + 1);
      await Promise.all(loans.map((loan) => loan.commit().catch(() => undefined))); // then it comes again
    }
    return seen;
  };

  const counted = async (what: 'channels' | 'connections' | 'consumers'): Promise<number> =>
    (await service.control(`list_${what}`, '--silent')).trim().split('\n').length;

  test('over a network that flaps 100 times no ticket is lost, and once it is whole none comes twice', async () => {
    const flapping = proxy.flap(100, { upMs: 25, downMs: 4 });
    const sent = numbers(2_000);
    const sending = (async () => {
      for (let n = 0; n < sent.length; n += 20)
        await stubbornly(() => witness.enqueue(sent.slice(n, n + 20).map(ticket)));
    })();
    const seen = await drain(sent.length);
    await Promise.all([sending, flapping]);
    assert.equal(seen.size, sent.length);

    // How many come again while it flaps is up to the machine: AMQP confirms no acknowledgement.
    for (let repeated = 1; repeated > 0; )
      repeated = (await broker.acquire({ wanted, waitMs: 300 }).then(commitAll)).length;
    await witness.enqueue(sent.map(ticket));
    const later = await drain(sent.length);
    assert.equal((await broker.acquire({ wanted, waitMs: 300 })).length, 0);
    assert.deepEqual(
      [...later.values()],
      sent.map(() => 1),
    );
  });

  test('what is enqueued over a network that flaps 100 times is there once it has been answered', async () => {
    const flapping = proxy.flap(100, { upMs: 25, downMs: 4 });
    const answered = new Set<string>();
    let over = false;
    void flapping.finally(() => (over = true));
    for (let n = 0; !over; n++)
      await broker.enqueue([ticket(n)]).then(
        () => answered.add(`t${n}`),
        () => undefined,
      );
    await flapping;
    const seen = new Set<string>();
    for (;;) {
      const loans = await witness.acquire({ wanted, waitMs: 500 });
      if (loans.length === 0) break;
      for (const loan of loans) {
        seen.add(loan.item.taskId);
        await loan.commit();
      }
    }
    assert.ok(answered.size > 0);
    assert.deepEqual(
      [...answered].filter((id) => !seen.has(id)),
      [],
    );
  });

  test('100 flaps leave no channels and no connections behind', async () => {
    await stubbornly(() => broker.acquire({ wanted, waitMs: 0 }));
    await stubbornly(() => broker.enqueue([]));
    await witness.depth();
    const [connections, channels] = [await counted('connections'), await counted('channels')];
    const waiting = stubbornly(() => broker.acquire({ wanted, waitMs: 15_000 }));
    await proxy.flap(100, { upMs: 15, downMs: 4 });
    await pause(1_000);
    assert.ok((await counted('connections')) <= connections + 1);
    assert.ok((await counted('channels')) <= channels + 1);
    await witness.enqueue([ticket(1)]);
    for (const loan of await waiting) await loan.commit();
  });

  test('who waits is woken after a restart, kill -9, stop_app and after all connections are closed', async () => {
    const faults = [
      () => service.restart(),
      async () => {
        await service.kill();
        await service.restart();
      },
      async () => {
        await service.control('stop_app');
        await service.control('start_app');
      },
      () => service.control('close_all_connections', 'a test'),
    ];
    for (const [n, fault] of faults.entries()) {
      const acquired = stubbornly(() => broker.acquire({ wanted, waitMs: 30_000 }));
      await pause(50);
      await fault();
      const started = performance.now();
      await stubbornly(() => witness.enqueue([ticket(n)]));
      const [loan] = await acquired;
      assert.equal(loan?.item.taskId, `t${n}`);
      await loan?.commit();
      assert.ok(performance.now() - started < 10_000, `fault ${n}: ${performance.now() - started} ms`);
    }
  }, 120_000);

  test('what was enqueued survives kill -9 of the server', async () => {
    await witness.enqueue(numbers(100).map(ticket));
    await service.kill();
    await service.restart();
    assert.equal((await drain(100)).size, 100);
  }, 120_000);

  test('a wait ends in time although nothing comes through', async () => {
    await broker.depth();
    proxy.swallow();
    const started = performance.now();
    const outcome = await broker.acquire({ wanted, waitMs: 300 }).then(
      () => 'answered',
      (error: unknown) => (isWaybillError(error) ? error.code : String(error)),
    );
    assert.ok(performance.now() - started < 15_000, `${outcome} after ${performance.now() - started} ms`);
    proxy.heal();
    await witness.enqueue([ticket(1)]);
    const [loan] = await stubbornly(() => broker.acquire({ wanted, waitMs: 30_000 }));
    assert.equal(loan?.item.taskId, 't1');
  });

  test('what a dead holder had on loan goes to others, and it is told', async () => {
    await witness.enqueue(numbers(5).map(ticket));
    const held = await broker.acquire({ wanted: [{ queue: 'normal', max: 5 }], waitMs: 30_000 });
    proxy.goDown();
    const seen = new Set<string>();
    while (seen.size < 5)
      for (const loan of await witness.acquire({ wanted, waitMs: 30_000 })) {
        seen.add(loan.item.taskId);
        await loan.commit();
      }
    await assert.rejects(held[0]?.commit() ?? Promise.resolve(), { code: 'WB_CONNECTION' });
    await held[1]?.rollback({ to: 'retry' });
    proxy.heal();
  });
});
