import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { QueueName, Ticket } from '@waybill/core';
import { Instants } from '@waybill/redis';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, describe, test, vi } from 'vitest';
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
  let namespace: string;

  beforeEach(async () => {
    namespace = randomUUID();
    const options = { url: service.url, namespace };
    broker = await openRedisBroker(options);
    witness = await openRedisBroker(options);
  });
  afterEach(async () => {
    await broker.close();
    await witness.close();
  });

  const tell = (...command: string[]): Promise<string> =>
    ask({ host: '127.0.0.1', port: Number(new URL(service.url).port) }, command);

  const scriptCalls = async (): Promise<number> => {
    const info = await tell('INFO', 'commandstats');
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };

  test('loans of two processes have names of their own, so that one that closes gives back only its own', async () => {
    await witness.enqueue([ticket(0), ticket(1)]);
    const at = String(Date.now() + 60_000.5);
    const next = vi.spyOn(Instants.prototype, 'next').mockReturnValueOnce(at).mockReturnValueOnce(at);
    const wanted = [{ queue: 'normal', max: 1 }] as const;
    assert.equal((await broker.acquire({ wanted, waitMs: 0 })).length, 1);
    assert.equal((await witness.acquire({ wanted, waitMs: 0 })).length, 1);
    assert.ok(next.mock.calls.length > 2, 'the name was taken, and another one asked for');
    next.mockRestore();
    await broker.close();
    assert.deepEqual(await witness.depth(), new Map([...(await witness.depth()), ['normal', 1]]));
  });

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

  test('who does not wait gets what is there, also after somebody has waited for it in vain', async () => {
    for (const n of numbers(20)) {
      const fresh = await openRedisBroker({ url: service.url, namespace: randomUUID() });
      const stop = new AbortController();
      const wanted = [{ queue: 'normal', max: 5 }] as const;
      const waiting = fresh.acquire({ wanted, waitMs: 10_000, signal: stop.signal });
      await pause(n % 4);
      stop.abort();
      await waiting;
      await fresh.enqueue([ticket(n)]);
      assert.equal((await fresh.acquire({ wanted, waitMs: 0 })).length, 1);
      await fresh.close();
    }
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

  describe('where a user may not block', () => {
    let forbidden: RedisBroker;

    beforeEach(async () => {
      await tell('ACL', 'SETUSER', 'hurried', 'on', '>secret', '~*', '&*', '+@all', '-blpop');
      const { host } = new URL(service.url);
      forbidden = await openRedisBroker({ url: `redis://hurried:secret@${host}`, namespace });
    });
    afterEach(() => forbidden.close());

    test('an acquisition looks about once a second, and finds what has come', async () => {
      const before = await scriptCalls();
      const waiting = forbidden.acquire({ wanted: [{ queue: 'normal', max: 1 }], waitMs: 20_000 });
      await pause(3_000);
      const looks = (await scriptCalls()) - before;
      assert.ok(looks >= 4 && looks <= 12, `${looks} looks in 3 s`);
      await witness.enqueue([ticket(1)]);
      const from = performance.now();
      assert.equal((await waiting).length, 1);
      assert.ok(performance.now() - from < 1_500);
    });

    test('who does not wait still finds what has come, also while others wait', async () => {
      const wanted = [{ queue: 'normal', max: 1 }] as const;
      const stop = new AbortController();
      const waiting = forbidden.acquire({ wanted, waitMs: 20_000, signal: stop.signal });
      await pause(1_000); // the next look is far away
      await witness.enqueue([ticket(1)]);
      assert.equal((await forbidden.acquire({ wanted, waitMs: 0 })).length, 1);
      stop.abort();
      assert.deepEqual(await waiting, []);
    });

    test('an acquisition ends at its time, on abort and on close, not later', async () => {
      const wanted = [{ queue: 'normal', max: 1 }] as const;
      const stop = new AbortController();
      const waiting = forbidden.acquire({ wanted, waitMs: 20_000 });
      const aborted = forbidden.acquire({ wanted, waitMs: 20_000, signal: stop.signal });
      await pause(1_000); // the next look is far away
      const from = performance.now();
      assert.deepEqual(await forbidden.acquire({ wanted, waitMs: 20 }), []);
      stop.abort();
      assert.deepEqual(await aborted, []);
      await forbidden.close();
      assert.deepEqual(await waiting, []);
      assert.ok(performance.now() - from < 300, `${performance.now() - from} ms`);
    });
  });
});
