import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { QueueName, Ticket } from '@waybill/core';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, test } from 'vitest';
import { openRedisBroker, type RedisBroker } from './index.ts';

const ticket = (n: number, queue: QueueName = 'normal'): Ticket => ({
  tenant: 'acme',
  taskId: `t${n}`,
  queue,
  rank: 5,
  epoch: 0,
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

await describeService('a Redis of its own', startOwnRedis, (service) => {
  let broker: RedisBroker;
  let witness: RedisBroker;

  beforeEach(async () => {
    const options = { url: service.url, namespace: randomUUID() };
    broker = await openRedisBroker(options);
    witness = await openRedisBroker(options);
  });
  afterEach(async () => {
    await broker.close();
    await witness.close();
  });

  const scriptCalls = async (): Promise<number> => {
    const info = await ask({ host: '127.0.0.1', port: Number(new URL(service.url).port) }, [
      'INFO',
      'commandstats',
    ]);
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(String(info))?.[1] ?? 0);
  };

  test('what was empty a moment ago is not asked again before somebody tells that it is not', async () => {
    const [critical, normal] = [
      { queue: 'critical', max: 5 },
      { queue: 'normal', max: 2 },
    ] as const;
    const stop = new AbortController();
    const waiting = broker.acquire({ wanted: [critical], waitMs: 10_000, signal: stop.signal });
    await pause(100); // it has looked, and listens
    stop.abort();
    assert.deepEqual(await waiting, []);
    await witness.enqueue(numbers(2).map((n) => ticket(n)));
    assert.equal((await broker.acquire({ wanted: [critical, normal], waitMs: 0 })).length, 2);

    const before = await scriptCalls();
    const next = broker.acquire({ wanted: [critical], waitMs: 10_000 });
    await pause(50);
    assert.equal(await scriptCalls(), before);
    await witness.enqueue([ticket(7, 'critical')]);
    const from = performance.now();
    const loans = await next;
    assert.deepEqual(
      loans.map(({ item }) => item.taskId),
      ['t7'],
    );
    assert.ok(performance.now() - from < 500);
  });

  test('tickets that are done with go together, and nobody who waits for another one waits for that', async () => {
    await witness.enqueue(numbers(40).map((n) => ticket(n)));
    const loans = await broker.acquire({ wanted: [{ queue: 'normal', max: 40 }], waitMs: 0 });
    const before = await scriptCalls();
    const ends: Promise<void>[] = [];
    for (const loan of loans.slice(1)) {
      ends.push(loan.commit());
      await pause(0);
    }
    const from = performance.now();
    await loans[0]?.rollback({ to: 'retry' });
    assert.equal((await witness.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: 5_000 })).length, 1);
    const tookMs = performance.now() - from;
    await Promise.all(ends);
    assert.ok((await scriptCalls()) - before <= 20, `${await scriptCalls()} calls after ${before}`);
    assert.ok(tookMs < 500);
  });
});
