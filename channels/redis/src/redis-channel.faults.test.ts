import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Arrived, type Delivery, isWaybillError, type Message, type Subscription } from '@waybill/core';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { startOwnRedis } from '@waybill/testing/services/redis';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, test } from 'vitest';
import { openRedisChannel, type RedisChannel } from './index.ts';

const message = (n: number, subject = 'news', key?: string): Message => ({
  id: `m${n}`,
  subject,
  body: n,
  ...(key === undefined ? {} : { key }),
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const ids = (count: number): string[] => numbers(count).map((n) => `m${n}`);

const stubbornly = async <T>(call: () => Promise<T>): Promise<T> => {
  for (const deadline = performance.now() + 10_000; ; ) {
    try {
      return await call();
    } catch (error) {
      if (!isWaybillError(error) || !error.retryable || performance.now() > deadline) throw error;
    }
  }
};

const until = async (what: string, condition: () => boolean, ms = 10_000): Promise<void> => {
  for (const deadline = performance.now() + ms; !condition(); await pause(5))
    assert.ok(performance.now() < deadline, `waited in vain for ${what}`);
};

await describeService('a Redis of its own', startOwnRedis, (service) => {
  const address = { host: '127.0.0.1', port: Number(new URL(service.url).port) };
  let proxy: FaultProxy;
  let options: { readonly namespace: string; readonly requestMs: number; readonly loanMs: number };
  let channel: RedisChannel;
  let witness: RedisChannel;
  let stop: AbortController;

  beforeAll(async () => {
    proxy = await FaultProxy.open(address);
  });
  afterAll(() => proxy.close());
  beforeEach(async () => {
    proxy.heal();
    stop = new AbortController();
    options = { namespace: randomUUID(), requestMs: 1_000, loanMs: 60_000 };
    channel = await openRedisChannel({ ...options, url: proxy.url(service.url) });
    witness = await openRedisChannel({ ...options, url: service.url, requestMs: 10_000 });
  });
  afterEach(async () => {
    stop.abort();
    await channel.close();
    await witness.close();
  });

  /** What arrives at a loop that commits everything, and goes on after its last cursor when it is thrown out. */
  const listen = async (
    to: RedisChannel,
    subscription: Omit<Subscription, 'signal' | 'onReady'>,
    settle = (delivery: Delivery<Arrived>): Promise<void> => delivery.commit(),
  ): Promise<Arrived[]> => {
    const arrived: Arrived[] = [];
    const ready = Promise.withResolvers<void>();
    const loop = async (): Promise<void> => {
      const last = arrived.findLast(({ cursor }) => cursor !== undefined)?.cursor;
      const from = subscription.group === undefined && last !== undefined ? { from: { after: last } } : {};
      const onReady = (): void => ready.resolve();
      for await (const delivery of to.subscribe({ ...subscription, ...from, signal: stop.signal, onReady })) {
        arrived.push(delivery.item);
        await settle(delivery).catch(() => undefined); // then it comes again
      }
    };
    const ended = (async () => {
      while (!stop.signal.aborted) {
        try {
          await loop();
        } catch (error) {
          if (!isWaybillError(error) || !error.retryable) throw error;
        }
      }
    })();
    await Promise.race([ready.promise, ended]);
    return arrived;
  };

  const idsOf = (arrived: readonly Arrived[]): string[] => arrived.map(({ id }) => id);

  test('a publish whose answer is lost happens once', async () => {
    const arrived = await listen(witness, { subject: 'news' });
    const dropped = proxy.dropReply((request) => request.includes('EVAL'));
    await channel.publish(numbers(10).map((n) => message(n)));
    await dropped;
    await witness.publish([message(10)]);
    await until('the messages', () => arrived.length >= 11);
    assert.deepEqual(idsOf(arrived), ids(11));
  });

  test('a subscription begun while nothing comes through is ready as soon as something does', async () => {
    for (const subject of ['first', 'second']) {
      proxy.goDown();
      const ready = Promise.withResolvers<void>();
      const loop = async (): Promise<unknown> => {
        const subscription = { subject, signal: stop.signal, onReady: ready.resolve };
        for await (const { item } of channel.subscribe(subscription)) return item.id;
        return undefined;
      };
      const arrived = loop();
      arrived.catch(ready.reject);
      await pause(300);
      proxy.heal();
      await ready.promise;
      await witness.publish([message(1, subject)]);
      assert.equal(await arrived, 'm1');
    }
  });

  test('over a network that flaps 100 times a subscriber gets everything, in order, once', async () => {
    const arrived = await listen(channel, { subject: 'news' });
    const flapping = proxy.flap(100, { upMs: 15, downMs: 4 });
    for (const n of numbers(400)) {
      await witness.publish([message(n)]);
      await pause(4);
    }
    await flapping;
    await until('the last message', () => arrived.length >= 400);
    assert.deepEqual(idsOf(arrived), ids(400));
  });

  test('over a network that flaps 100 times a group loses nothing', async () => {
    const arrived = await listen(channel, { subject: 'work.*', group: 'g' });
    const flapping = proxy.flap(100, { upMs: 15, downMs: 4 });
    for (const n of numbers(400)) {
      await witness.publish([message(n, `work.w${n % 3}`, `k${n % 5}`)]);
      await pause(4);
    }
    await flapping;
    await until('all messages', () => new Set(idsOf(arrived)).size >= 400);
    assert.deepEqual([...new Set(idsOf(arrived))].toSorted(), ids(400).toSorted());
    // Every cut may repeat what was on loan and not yet settled, one message a key.
    assert.ok(arrived.length <= 400 + 5 * 100, `${arrived.length - 400} came twice`);
  });

  test('subscribers and groups go on after FLUSHALL, after a restart and after their connections are killed', async () => {
    const all = await listen(channel, { subject: '>' });
    const group = await listen(channel, { subject: 'news', group: 'g' });
    const faults = [
      () => ask(address, ['FLUSHALL']),
      () => service.restart(),
      () => ask(address, ['CLIENT', 'KILL', 'TYPE', 'normal'], ['CLIENT', 'KILL', 'TYPE', 'pubsub']),
      () => ask(address, ['CLIENT', 'KILL', 'TYPE', 'pubsub']),
      () => ask(address, ['SCRIPT', 'FLUSH']),
    ];
    for (const [n, fault] of faults.entries()) {
      await fault();
      await pause(100);
      await stubbornly(() => witness.publish([message(n)]));
      await until(`message ${n}`, () => all.length > n && group.length > n, 8_000);
    }
    assert.deepEqual(idsOf(all), ids(5));
    assert.deepEqual(idsOf(group), ids(5));
  });

  test('a commit that fails keeps the messages behind it waiting no longer than the server is away', async () => {
    let failures = 0;
    const settle = async (delivery: Delivery<Arrived>): Promise<void> => {
      if (delivery.item.id === 'm0' && failures === 0) proxy.goDown();
      await delivery.commit().catch(() => failures++);
    };
    const arrived = await listen(channel, { subject: 'work', group: 'g' }, settle);
    await witness.publish(numbers(5).map((n) => message(n, 'work', 'k')));
    await until('the commit to fail', () => failures > 0);
    proxy.heal();
    await until('the messages behind it', () => idsOf(arrived).includes('m4'));
    assert.deepEqual([...new Set(idsOf(arrived))], ids(5));
  });

  test('a commit that fails after its loop has ended keeps nobody waiting', async () => {
    const ready = Promise.withResolvers<void>();
    const loop = async (): Promise<Delivery<Arrived> | undefined> => {
      const subscription = { subject: 'work', group: 'g', signal: stop.signal, onReady: ready.resolve };
      for await (const delivery of channel.subscribe(subscription)) return delivery;
      return undefined;
    };
    const first = loop();
    await ready.promise;
    await witness.publish([message(0, 'work', 'k')]);
    const delivery = await first;
    proxy.goDown();
    await assert.rejects(delivery?.commit() ?? Promise.resolve(), { code: 'WB_CONNECTION' });
    proxy.heal();
    const again = await listen(witness, { subject: 'work', group: 'g' });
    await until('the message', () => again.length === 1);
  });

  test('no call outlasts its deadline while nothing comes through', async () => {
    const deliveries: Delivery<Arrived>[] = [];
    await listen(channel, { subject: 'work', group: 'g' }, async (delivery) => {
      deliveries.push(delivery);
    });
    await channel.publish([message(0, 'work')]);
    await until('the message', () => deliveries.length === 1);
    proxy.swallow();
    const started = performance.now();
    const calls = [
      channel.publish([message(1)]),
      channel.publish([{ ...message(2), hint: true }]),
      deliveries[0]?.commit(),
    ];
    const settled = await Promise.allSettled(calls);
    assert.ok(performance.now() - started < 2_500, `${performance.now() - started} ms`);
    assert.deepEqual([...new Set(settled.map(({ status }) => status))], ['rejected']);
  });

  test('a loop whose server stays away ends with an error, and another one goes on', async () => {
    const cursors: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const { item } of channel.subscribe({ subject: 'news', signal: stop.signal }))
        cursors.push(String(item.cursor));
    };
    const ended = loop().then(
      () => 'ended',
      (error: unknown) => (isWaybillError(error) ? error.code : String(error)),
    );
    await until('the first message', () => {
      void witness.publish([message(0)]);
      return cursors.length > 0;
    });
    proxy.goDown();
    assert.equal(await ended, 'WB_CONNECTION');
    await witness.publish([message(1)]);
    proxy.heal();
    const after = cursors.at(-1) ?? '';
    const rest = await listen(channel, { subject: 'news', from: { after } });
    await until('what was missed', () => idsOf(rest).includes('m1'));
  });

  test('what a dead member had on loan goes to another, what a slow one has does not', async () => {
    const short = { ...options, requestMs: 300, loanMs: 450 };
    const dying = await openRedisChannel({ ...short, url: proxy.url(service.url) });
    const slow = await openRedisChannel({ ...short, url: service.url });
    const dead = await listen(dying, { subject: 'first', group: 'g' }, () => new Promise(() => undefined));
    const kept = await listen(slow, { subject: 'second', group: 'g' }, async (delivery) => {
      await pause(1_500);
      await delivery.commit();
    });
    await witness.publish([message(1, 'first'), message(2, 'second')]);
    await until('both to be on loan', () => dead.length === 1 && kept.length === 1);
    proxy.goDown();
    const heir = await openRedisChannel({ ...short, url: service.url });
    const first = await listen(heir, { subject: 'first', group: 'g' });
    const second = await listen(heir, { subject: 'second', group: 'g' });
    await until('the heir', () => first.length === 1);
    await pause(1_200);
    assert.deepEqual([first.length, second.length], [1, 0]);
    stop.abort();
    proxy.heal();
    await Promise.all([dying.close(), slow.close(), heir.close()]);
  });

  test('a subject keeps its newest messages, and none for ever', async () => {
    const trimming = await openRedisChannel({
      ...options,
      url: service.url,
      keepMessages: 100,
      keepMs: 1_000,
    });
    for (let n = 0; n < 1_000; n += 100)
      await trimming.publish(numbers(100).map((more) => message(n + more, 'busy')));
    await trimming.publish([message(0, 'quiet')]);
    const arrived = await listen(trimming, { subject: 'busy', from: 'start' });
    await until('the newest', () => idsOf(arrived).at(-1) === 'm999');
    assert.ok(arrived.length >= 100 && arrived.length < 400, `${arrived.length} are kept`);
    await pause(1_200);
    await trimming.publish([message(1, 'another'), message(2, 'another')]);
    await trimming.publish([message(3, 'another')]);
    const left = await ask(address, ['KEYS', `*${options.namespace}*:s:*`]);
    assert.ok(left.includes('another') && !left.includes('busy') && !left.includes('quiet'), left);
    assert.ok(
      !(await ask(address, ['ZRANGE', `{${options.namespace}}:channel:subjects`, '0', '-1'])).includes(
        'quiet',
      ),
    );
    await trimming.close();
  });
});
