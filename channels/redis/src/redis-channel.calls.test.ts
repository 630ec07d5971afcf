import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Message } from '@waybill/core';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, test } from 'vitest';
import { openRedisChannel, type RedisChannel } from './index.ts';

const hint = (subject: string): Message => ({ id: randomUUID(), subject, body: null, hint: true });

await describeService('a Redis of its own', startOwnRedis, (service) => {
  let channel: RedisChannel;
  let other: RedisChannel;

  beforeEach(async () => {
    const options = { url: service.url, namespace: randomUUID() };
    channel = await openRedisChannel(options);
    other = await openRedisChannel(options);
  });
  afterEach(async () => {
    await channel.close();
    await other.close();
  });

  const published = async (): Promise<number> => {
    const { port } = new URL(service.url);
    const info = await ask({ host: '127.0.0.1', port: Number(port) }, ['INFO', 'commandstats']);
    return Number(/cmdstat_publish:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };

  /** Instants at which hints of the subject are heard by the other one, once it listens. */
  const listen = async (subject: string, signal: AbortSignal): Promise<readonly number[]> => {
    const heard: number[] = [];
    const ready = Promise.withResolvers<void>();
    const loop = async (): Promise<void> => {
      for await (const _ of other.subscribe({ subject, signal, onReady: ready.resolve }))
        heard.push(performance.now());
    };
    void loop();
    await ready.promise;
    return heard;
  };

  /** Each as soon as the one before it is told. */
  const give = async (subject: string, ms: number): Promise<void> => {
    for (const until = performance.now() + ms; performance.now() < until; )
      await channel.publish([hint(subject)]);
  };

  test('hints that nobody listens to are told rarely, and as soon as somebody listens again and again', async () => {
    const stop = new AbortController();
    const elsewhere = await listen('elsewhere', stop.signal);
    const before = await published();
    await give('ends', 300);
    const unheard = (await published()) - before;
    assert.ok(unheard > 0 && unheard <= 2 * 20, `${unheard} calls`); // to its subject, and to all

    for (const subject of ['ends', '>']) {
      const heard = await listen(subject, stop.signal);
      await give('ends', 300);
      assert.ok(heard.length > 50, `${heard.length} of ${subject}`);
    }
    assert.equal(elsewhere.length, 0);
    stop.abort();
  });

  test('hints that somebody listens to are told once a millisecond, however many give them', async () => {
    const stop = new AbortController();
    const heard = await listen('ends', stop.signal);
    const before = await published();
    const from = performance.now();
    const given: Promise<void>[] = [];
    for (const until = from + 300; performance.now() < until; await nextTurn())
      given.push(give('ends', 0.01));
    await Promise.all(given);
    const calls = ((await published()) - before) / 2; // to its subject, and to all
    assert.ok(heard.length > 50, `${heard.length} heard`);
    assert.ok(calls <= performance.now() - from, `${calls} calls`);
    stop.abort();
  });

  test('a hint that somebody listens to does not wait for those that nobody does', async () => {
    const stop = new AbortController();
    const heard = await listen('cancels', stop.signal);
    const late: number[] = [];
    await channel.publish([hint('ends')]);
    for (let n = 0; n < 20; n++) {
      const unheard = channel.publish([hint('ends')]);
      await pause(3);
      const from = performance.now();
      await channel.publish([hint('cancels')]);
      while (heard.length <= n) await pause(1);
      late.push((heard[n] ?? 0) - from);
      await unheard;
      await channel.publish([hint('ends')]);
    }
    const median = late.toSorted((a, b) => a - b)[10] ?? 0;
    assert.ok(median < 8, `${median} ms`);
    stop.abort();
  });
});
