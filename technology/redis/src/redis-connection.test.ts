import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isWaybillError } from '@waybill/core';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { describeService } from '@waybill/testing/services/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, test, vi } from 'vitest';
import { type ConnectionOptions, connectionOptions, defineScript, RedisConnection } from './index.ts';
import { z } from 'zod';

const schema = z.strictObject(connectionOptions);
const optionsFor = (more: z.input<typeof schema>): ConnectionOptions =>
  schema.parse({ namespace: randomUUID(), requestMs: 500, ...more });

const increment = defineScript('test.increment', { changes: true }, "return redis.call('INCR', KEYS[1])");
const look = defineScript('test.look', { changes: false }, "return redis.call('GET', KEYS[1])");

const codeOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'answered';
  } catch (error) {
    return isWaybillError(error) ? error.code : String(error);
  }
};

const timed = async <T>(call: Promise<T>): Promise<{ readonly result: T; readonly ms: number }> => {
  const started = performance.now();
  const result = await call;
  return { result, ms: performance.now() - started };
};

await describeService('a Redis of its own', startOwnRedis, (service) => {
  let proxy: FaultProxy;
  let redis: RedisConnection;
  let key: string;

  beforeAll(async () => {
    proxy = await FaultProxy.open({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
  });
  afterAll(() => proxy.close());
  beforeEach(async () => {
    proxy.heal();
    redis = await RedisConnection.open(optionsFor({ url: proxy.url(service.url) }));
    key = `${redis.prefix}:counter`;
  });
  afterEach(() => redis.close());

  const count = async (): Promise<number> => Number(await redis.run(look, [key], []));

  test('a script runs, also after the server has forgotten it', async () => {
    assert.equal(await redis.run(increment, [key], []), 1);
    await redis.call('SCRIPT', ['FLUSH'], { changes: true });
    assert.equal(await redis.run(increment, [key], []), 2);
    await service.restart();
    assert.equal(await redis.run(increment, [key], []), 3);
  });

  test('a lost reply is a doubt where something may have changed, and none where not', async () => {
    const dropped = proxy.dropReply((request) => request.includes('EVALSHA') || request.includes('EVAL'));
    assert.equal(await codeOf(redis.run(increment, [key], [])), 'WB_IN_DOUBT');
    await dropped;
    assert.equal(await count(), 1);
    const again = proxy.dropReply((request) => request.includes('GET'));
    assert.equal(await codeOf(redis.call('GET', [key], { changes: false })), 'WB_CONNECTION');
    await again;
  });

  test('nothing is sent twice: each doubt happened once or not at all', async () => {
    const flapping = proxy.flap(40, { upMs: 6, downMs: 3 });
    let answered = 0;
    let doubts = 0;
    let flaps = true;
    void flapping.then(() => (flaps = false));
    while (flaps) {
      const code = await codeOf(redis.run(increment, [key], []));
      if (code === 'answered') answered++;
      else if (code === 'WB_IN_DOUBT') doubts++;
      else assert.equal(code, 'WB_CONNECTION');
    }
    const counted = await count();
    assert.ok(counted >= answered && counted <= answered + doubts, `${counted}: ${answered} + ${doubts}`);
    assert.ok(doubts > 0, 'no reply was ever lost');
  });

  test('a network that swallows everything costs no call more than its deadline', async () => {
    proxy.swallow();
    const [write, read] = await Promise.all([
      timed(codeOf(redis.run(increment, [key], []))),
      timed(codeOf(redis.call('GET', [key], { changes: false }))),
    ]);
    assert.equal(write.result, 'WB_IN_DOUBT');
    assert.equal(read.result, 'WB_CONNECTION');
    assert.ok(Math.max(write.ms, read.ms) < 1_500, `${write.ms} and ${read.ms} ms`);
    const unsent = await timed(codeOf(redis.run(increment, [key], [])));
    assert.equal(unsent.result, 'WB_CONNECTION');
    proxy.heal();
    assert.equal(await redis.run(increment, [key], [], 5_000), 1);
  });

  test('a request that the server gets to too late does not happen', async () => {
    assert.equal(await redis.run(increment, [key], []), 1);
    service.pause();
    assert.equal(await codeOf(redis.run(increment, [key], [])), 'WB_IN_DOUBT');
    await pause(100);
    service.resume();
    assert.equal(Number(await redis.run(look, [key], [], 5_000)), 1);
    await pause(100);
    assert.equal(await count(), 1);
  });

  test('a clock of the server that is set does not make every request too late', async () => {
    const real = performance.now.bind(performance);
    try {
      // As if this machine had been asleep for a minute, and the server had not.
      const asleep = vi.spyOn(performance, 'now').mockImplementation(() => real() - 60_000);
      assert.equal(await redis.run(increment, [key], [], 2_000), 1);
      asleep.mockRestore();
      assert.equal(await redis.run(increment, [key], [], 2_000), 2);
    } finally {
      vi.restoreAllMocks();
    }
  });

  test('a connection that is killed comes back', async () => {
    const id = await redis.call('CLIENT', ['ID'], { changes: false });
    const other = await RedisConnection.open(optionsFor({ url: service.url }));
    await other.call('CLIENT', ['KILL', 'ID', Number(id)], { changes: true });
    await other.close();
    await pause(50); // a request that is sent before the loss is noticed would be in doubt, and rightly
    assert.equal(await redis.run(increment, [key], [], 5_000), 1);
  });

  test('it waits for a server that restarts, as long as the deadline allows', async () => {
    proxy.goDown();
    await pause(50);
    const waiting = redis.run(increment, [key], [], 5_000);
    await pause(200);
    proxy.heal();
    assert.equal(await waiting, 1);
  });

  test('closing lets calls in flight settle, and refuses all others', async () => {
    const calls = Promise.all(Array.from({ length: 20 }, () => redis.run(increment, [key], [])));
    await Promise.all([redis.close(), redis.close()]);
    assert.equal((await calls).at(-1), 20);
    assert.equal(await codeOf(redis.run(increment, [key], [])), 'WB_CLOSED');
  });

  test('nobody answers: opening fails within the deadline', async () => {
    const { result, ms } = await timed(
      codeOf(RedisConnection.open(optionsFor({ url: 'redis://127.0.0.1:1', requestMs: 300 }))),
    );
    assert.equal(result, 'WB_CONNECTION');
    assert.ok(ms < 1_300, `${ms} ms`);
  });

  test('errors carry no arguments', async () => {
    const broken = defineScript('test.broken', { changes: true }, "return redis.call('INCR', KEYS[1], 1, 2)");
    const error: unknown = await redis
      .run(broken, [key], ['payload-of-a-task'])
      .catch((thrown: unknown) => thrown);
    assert.ok(isWaybillError(error));
    assert.ok(!JSON.stringify(error, Object.getOwnPropertyNames(error)).includes('payload-of-a-task'));
    assert.ok(error.cause instanceof Error);
    assert.ok(!('command' in error.cause) || error.cause.command === undefined);
  });
});
