import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Arrived, type Delivery, isWaybillError, type Message, type Subscription } from '@waybill/core';
import { startProxiedKafka } from '@waybill/testing/services/kafka-proxied';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, test } from 'vitest';
import { cursorAt } from './cursor.ts';
import { type KafkaChannel, openKafkaChannel } from './kafka-channel.ts';
import type { KafkaChannelOptions } from './options.ts';

const message = (n: number, subject = 'news', more: Partial<Message> = {}): Message => ({
  id: `m${n}`,
  subject,
  body: { n },
  key: 'k',
  ...more,
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const ids = (count: number): string[] => numbers(count).map((n) => `m${n}`);
const idsOf = (arrived: readonly Arrived[]): string[] => arrived.map(({ id }) => id);

const until = async (what: string, met: () => boolean, ms = 20_000): Promise<void> => {
  const deadline = performance.now() + ms;
  while (!met()) {
    assert.ok(performance.now() < deadline, `waited in vain for ${what}`);
    await pause(10);
  }
};

const stubbornly = async (call: () => Promise<void>): Promise<void> => {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!isWaybillError(error) || !error.retryable || tries > 200) throw error;
      await pause(20);
    }
  }
};

await describeService('Kafka with faults', startProxiedKafka, (kafka) => {
  const { url, proxiedUrl, proxy } = kafka;
  let options: Partial<KafkaChannelOptions>;
  let channels: KafkaChannel[];
  let stop: AbortController;

  const open = async (more: Partial<KafkaChannelOptions> = {}): Promise<KafkaChannel> => {
    const channel = await openKafkaChannel({ ...options, ...more });
    channels.push(channel);
    return channel;
  };

  /** Goes on, where it was, after each failure that may pass. Resolves when it misses nothing any more. */
  const listen = async (
    to: KafkaChannel,
    subscription: Omit<Subscription, 'signal'>,
    settle: (delivery: Delivery<Arrived>) => Promise<void> = (delivery) => delivery.commit(),
  ): Promise<Arrived[]> => {
    const arrived: Arrived[] = [];
    const ready = Promise.withResolvers<void>();
    const loop = async (): Promise<void> => {
      const last = arrived.at(-1)?.cursor;
      const from = subscription.group === undefined && last !== undefined ? { from: { after: last } } : {};
      const onReady = (): void => ready.resolve();
      for await (const delivery of to.subscribe({ ...subscription, ...from, signal: stop.signal, onReady })) {
        arrived.push(delivery.item);
        await settle(delivery);
      }
    };
    const { signal } = stop;
    const ended = (async () => {
      while (!signal.aborted) {
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

  beforeEach(() => {
    channels = [];
    stop = new AbortController();
    options = { url, namespace: randomUUID(), partitions: 2, sessionMs: 1_500, requestMs: 3_000 };
  });
  afterEach(async () => {
    proxy.heal();
    stop.abort();
    await Promise.all(channels.map((channel) => channel.close()));
  }, 30_000);

  test('a publish whose answer is lost happens once', async () => {
    const [channel, witness] = [await open({ url: proxiedUrl }), await open()];
    const arrived = await listen(witness, { subject: 'news' });
    await channel.publish([message(0)]);
    const dropped = proxy.dropReply((request) => request.includes('m1'));
    await channel.publish([message(1)]);
    await dropped;
    await witness.publish([message(2)]);
    await until('the messages', () => arrived.length >= 3);
    assert.deepEqual(idsOf(arrived), ids(3));
  }, 30_000);

  test('over a network that flaps a subscriber gets everything, in order, once, and a group loses nothing', async () => {
    const [channel, witness] = [await open({ url: proxiedUrl }), await open()];
    const all = await listen(channel, { subject: 'news' });
    const group = await listen(channel, { subject: 'news', group: 'g' });
    const flapping = proxy.flap(40, { upMs: 60, downMs: 5 });
    for (const n of numbers(200)) {
      await witness.publish([message(n)]);
      await pause(5);
    }
    await flapping;
    await until('all messages', () => all.length >= 200 && new Set(idsOf(group)).size >= 200);
    assert.deepEqual(idsOf(all), ids(200));
    assert.ok(group.length < 400, `${group.length - 200} came twice`);
  }, 60_000);

  test('what a dead member had on loan goes to another, what a slow one has does not', async () => {
    const [dying, slow, heir] = [await open({ url: proxiedUrl, requestMs: 500 }), await open(), await open()];
    const dead = await listen(dying, { subject: 'first', group: 'g' }, () => new Promise(() => undefined));
    const kept = await listen(slow, { subject: 'second', group: 'g' }, async (delivery) => {
      await pause(4_000);
      await delivery.commit();
    });
    await heir.publish([message(1, 'first'), message(2, 'second')]);
    await until('both to be on loan', () => dead.length === 1 && kept.length === 1);
    proxy.goDown();
    const first = await listen(heir, { subject: 'first', group: 'g' });
    const second = await listen(heir, { subject: 'second', group: 'g' });
    await until('the heir', () => first.length === 1);
    await pause(1_500);
    assert.deepEqual([first.length, second.length], [1, 0]);
  }, 60_000);

  test('a loop whose server stays away ends with an error, and another one goes on after it', async () => {
    const [channel, witness] = [await open({ url: proxiedUrl, requestMs: 800 }), await open()];
    const cursors: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const { item } of channel.subscribe({ subject: 'news', signal: stop.signal }))
        cursors.push(String(item.cursor));
    };
    const ended = loop().then(
      () => 'ended',
      (error: unknown) => (isWaybillError(error) ? error.code : String(error)),
    );
    for (let n = 0; cursors.length === 0; n++) {
      await witness.publish([message(n)]);
      await pause(50);
    }
    proxy.goDown();
    assert.equal(await ended, 'WB_CONNECTION');
    await witness.publish([message(1_000)]);
    proxy.heal();
    const rest = await listen(channel, { subject: 'news', from: { after: cursors.at(-1) ?? '' } });
    await until('what was missed', () => idsOf(rest).includes('m1000'));
  }, 60_000);

  test('a cursor of a time replays what was published from then on', async () => {
    const channel = await open();
    await channel.publish(numbers(5).map((n) => message(n)));
    await pause(50);
    const then = Date.now();
    await channel.publish([message(5), message(6, 'news', { key: 'other' })]);
    const arrived = await listen(channel, { subject: 'news', from: { after: cursorAt(then) } });
    await until('what came then', () => arrived.length >= 2);
    assert.deepEqual(idsOf(arrived).sort(), ['m5', 'm6']);
  }, 30_000);

  test('subjects of a route are in a topic of their own, as it says', async () => {
    const routes = [{ subjects: 'price.>', topic: 'prices', compact: true, partitions: 1 }];
    const channel = await open({ routes });
    await channel.publish([message(1, 'price.gold'), message(2, 'news')]);
    const all = await listen(channel, { subject: '>', from: 'start' });
    await until('both', () => all.length >= 2);
    const without = await open();
    const rest = await listen(without, { subject: '>', from: 'start' });
    await until('the other', () => rest.length >= 1);
    assert.deepEqual(idsOf(rest), ['m2']);
  }, 30_000);

  test('kill -9 of Kafka and a restart: subscribers and groups go on', async () => {
    const channel = await open({ requestMs: 300_000 });
    const all = await listen(channel, { subject: 'news' });
    const group = await listen(channel, { subject: 'news', group: 'g' });
    await channel.publish(numbers(10).map((n) => message(n)));
    await until('them', () => all.length === 10 && group.length === 10);
    await kafka.kill();
    await Promise.all([stubbornly(() => channel.publish([message(10)])), kafka.restart()]);
    await until('the one after it', () => idsOf(all).includes('m10') && idsOf(group).includes('m10'), 60_000);
    assert.deepEqual(idsOf(all), ids(11));
  }, 400_000);
});
