import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isWaybillError, type Message } from '@waybill/core';
import { connectionOptions, RedisListener } from '@waybill/redis';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, test, vi } from 'vitest';
import { z } from 'zod';
import { openRedisChannel, type RedisChannel } from './index.ts';
import { PendingHints } from './pending-hints.ts';

const hint = (subject: string): Message => ({ id: randomUUID(), subject, body: null, hint: true });

/** Who listens to hints, and what becomes of it. */
await describeService('a Redis of its own', startOwnRedis, (service) => {
  const address = { host: '127.0.0.1', port: Number(new URL(service.url).port) };
  let namespace: string;
  let channels: RedisChannel[];

  beforeEach(() => {
    namespace = randomUUID();
    channels = [];
  });
  afterEach(() => Promise.all(channels.map((channel) => channel.close())));

  const open = async (url = service.url): Promise<RedisChannel> => {
    const channel = await openRedisChannel({ url, namespace, requestMs: 3_000 });
    channels.push(channel);
    return channel;
  };

  /** `ended` resolves to how the loop ended. */
  const listen = (to: RedisChannel, subject: string, signal: AbortSignal) => {
    const heard: string[] = [];
    const ready = Promise.withResolvers<void>();
    const loop = async (): Promise<void> => {
      for await (const { item } of to.subscribe({ subject, signal, onReady: ready.resolve }))
        heard.push(item.id);
    };
    const ended = loop().then(
      () => 'ended',
      (error: unknown) => (isWaybillError(error) ? `${error.code}: ${error.message}` : String(error)),
    );
    return { heard, ready: ready.promise, ended };
  };

  /** What the server has, without the part that all of them have in common. */
  const listenedTo = async (): Promise<readonly string[]> => {
    const reply = await ask(address, ['PUBSUB', 'CHANNELS', `{${namespace}}:*`]);
    return [...reply.matchAll(/:channel:(\S+)/g)].map(([, name = '']) => name).toSorted();
  };

  test('one of two who listen to a subject may leave it, and with the last one its hints go', async () => {
    const [channel, other] = [await open(), await open()];
    const [first, second, always] = [new AbortController(), new AbortController(), new AbortController()];
    const leaving = listen(other, 'ends', first.signal);
    const staying = listen(other, 'ends', second.signal);
    const elsewhere = listen(other, 'else', always.signal);
    await Promise.all([leaving.ready, staying.ready, elsewhere.ready]);
    assert.deepEqual(await listenedTo(), ['bell', 'hints:else', 'hints:ends']);

    first.abort();
    assert.equal(await leaving.ended, 'ended');
    await channel.publish([hint('ends')]);
    await vi.waitUntil(() => staying.heard.length === 1, 5_000);
    second.abort();
    await staying.ended;
    await vi.waitUntil(async () => (await listenedTo()).length === 2, 5_000);
    assert.deepEqual(await listenedTo(), ['bell', 'hints:else']);
    always.abort();
  });

  test('a hint has its place before the first message of all, so that it does not come after it', async () => {
    const { promise: listening, resolve } = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<string>();
    const options = z.strictObject(connectionOptions).parse({ url: service.url, namespace });
    const listener = new RedisListener(options, [`{${namespace}}:channel:hints`], {
      message: (_, lines) => heard.resolve(lines.toString()),
      listening: resolve,
    });
    await listening;
    const channel = await open();
    await channel.publish([hint('a'), { id: 'first', subject: 'a', body: null }]);
    const [place] = (await heard.promise).split(' ');
    const stop = new AbortController();
    for await (const { item } of channel.subscribe({ subject: 'a', from: 'start', signal: stop.signal })) {
      const hints = new PendingHints();
      hints.pass(item);
      hints.add({ id: 'late', subject: 'a', body: null, hint: true }, Number(place));
      assert.equal(hints.takeBefore(Number(item.cursor) + 1), undefined);
      stop.abort();
    }
    await listener.close();
  });

  test('a loop that is begun during an outage ends with its signal, and with the channel', async () => {
    const proxy = await FaultProxy.open(address);
    const channel = await open(proxy.url(service.url));
    await listen(channel, 'before', new AbortController().signal).ready;
    proxy.goDown();
    const stop = new AbortController();
    const [stopped, closed] = [
      listen(channel, 'one', stop.signal),
      listen(channel, 'two', new AbortController().signal),
    ];
    const started = performance.now();
    stop.abort();
    assert.equal(await stopped.ended, 'ended');
    await channel.close();
    assert.equal(await closed.ended, 'ended');
    assert.ok(performance.now() - started < 1_500, `${performance.now() - started} ms`);
    await proxy.close();
  });

  test('who may not listen to a subject is told so, and disturbs nobody else', async () => {
    const common = [`&{${namespace}}:channel:bell`, `&{${namespace}}:channel:hints`];
    await ask(address, ['ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '+@all', 'resetchannels', ...common]);
    const url = new URL(service.url);
    [url.username, url.password] = ['app', 'pw'];
    const channel = await open(url.href);
    const stop = new AbortController();
    const all = listen(channel, '>', stop.signal);
    await all.ready;
    const clients = async (): Promise<string> =>
      /total_connections_received:(\d+)/.exec(await ask(address, ['INFO', 'stats']))?.[1] ?? '';
    const before = Number(await clients());

    assert.match(await listen(channel, 'news', stop.signal).ended, /^WB_CONNECTION: this user may not/);
    assert.ok(Number(await clients()) - before <= 2, 'others were cut off'); // the question itself is one
    await (await open()).publish([hint('news')]);
    await vi.waitUntil(() => all.heard.length === 1, 5_000);
    stop.abort();
  });
});
