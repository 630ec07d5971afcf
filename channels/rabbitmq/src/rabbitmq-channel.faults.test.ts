import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Arrived, type Delivery, isWaybillError, type Message, type Subscription } from '@waybill/core';
import { FaultProxy } from '@waybill/testing/fault-proxy';
import { startOwnRabbit } from '@waybill/testing/services/rabbitmq';
import { describeService } from '@waybill/testing/services/vitest';
import { afterAll, afterEach, beforeAll, beforeEach, test, vi } from 'vitest';
import { openRabbitmqChannel, type RabbitmqChannel } from './index.ts';

const message = (n: number, subject = 'news', key = 'k'): Message => ({
  id: `m${n}`,
  subject,
  key,
  body: { n },
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const ids = (count: number): string[] => numbers(count).map((n) => `m${n}`);
const idsOf = (arrived: readonly Arrived[]): string[] => arrived.map(({ id }) => id);

const stubbornly = async <T>(call: () => Promise<T>): Promise<T> => {
  for (const deadline = performance.now() + 60_000; ; ) {
    try {
      return await call();
    } catch (error) {
      if (!isWaybillError(error) || !error.retryable || performance.now() > deadline) throw error;
    }
  }
};

const until = async (what: string, condition: () => boolean, ms = 60_000): Promise<void> => {
  for (const deadline = performance.now() + ms; !condition(); ) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await pause(10);
  }
};

/** A machine that is busy may take its time: these tests are about what happens, not about when. */
vi.setConfig({ testTimeout: 150_000 });

await describeService('a RabbitMQ of its own', startOwnRabbit, (service) => {
  let proxy: FaultProxy;
  let channel: RabbitmqChannel;
  let witness: RabbitmqChannel;
  let stop: AbortController;

  beforeAll(async () => {
    proxy = await FaultProxy.open({ host: '127.0.0.1', port: Number(new URL(service.url).port) });
  });
  afterAll(() => proxy.close());
  beforeEach(async () => {
    proxy.heal();
    stop = new AbortController();
    const options = { namespace: randomUUID(), requestMs: 2_000 };
    channel = await openRabbitmqChannel({ ...options, url: proxy.url(service.url).replace(/\/$/, '') });
    witness = await openRabbitmqChannel({ ...options, url: service.url });
  });
  afterEach(async () => {
    stop.abort();
    await channel.close();
    await witness.close();
  });

  /** Starts a loop that goes on after errors, where it stood; answers what has arrived so far. */
  const listen = async (
    to: RabbitmqChannel,
    subscription: Omit<Subscription, 'signal'>,
    settle = (delivery: Delivery<Arrived>): Promise<void> => delivery.commit(),
  ): Promise<readonly Arrived[]> => {
    const arrived: Arrived[] = [];
    const ready = Promise.withResolvers<void>();
    const loop = async (): Promise<void> => {
      const last = arrived.at(-1)?.cursor;
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

  const queues = async (): Promise<number> =>
    (await service.control('list_queues', '--silent', 'name')).trim().split('\n').length;
  const channels = async (): Promise<number> =>
    (await service.control('list_channels', '--silent')).trim().split('\n').length;

  test('over a network that flaps 100 times a subscriber gets everything, in order, once', async () => {
    const arrived = await listen(channel, { subject: 'news' });
    const flapping = proxy.flap(100, { upMs: 25, downMs: 4 });
    for (const n of numbers(400)) {
      await witness.publish([message(n)]);
      await pause(5);
    }
    await flapping;
    await until('the last message', () => arrived.length >= 400);
    assert.deepEqual(idsOf(arrived), ids(400));
  });

  test('over a network that flaps 100 times a group loses nothing', async () => {
    const arrived = await listen(channel, { subject: 'work.*', group: 'g' });
    const flapping = proxy.flap(100, { upMs: 25, downMs: 4 });
    for (const n of numbers(400)) {
      await witness.publish([message(n, `work.w${n % 3}`, `k${n % 5}`)]);
      await pause(5);
    }
    await flapping;
    await until('all messages', () => new Set(idsOf(arrived)).size >= 400);
    assert.deepEqual([...new Set(idsOf(arrived))].toSorted(), ids(400).toSorted());
    // AMQP confirms no acknowledgement: what is on its way when the line is cut comes again.
    assert.ok(arrived.length < 400 + 3 * 100, `${arrived.length - 400} came twice`);
  });

  test('subscribers and groups go on after a restart, kill -9, stop_app and closed connections', async () => {
    const all = await listen(channel, { subject: '>' });
    const group = await listen(channel, { subject: 'news', group: 'g' });
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
    const passes = async (n: number): Promise<void> => {
      await stubbornly(() => witness.publish([message(n)]));
      const heard = (arrived: readonly Arrived[]): boolean => idsOf(arrived).includes(`m${n}`);
      await until(`message ${n}`, () => heard(all) && heard(group));
    };
    await passes(0); // a subscription that ends with an error is made anew from its last cursor
    for (const [n, fault] of faults.entries()) {
      await fault();
      await passes(n + 1);
    }
    assert.deepEqual([...new Set(idsOf(all))], ids(5));
    assert.deepEqual([...new Set(idsOf(group))], ids(5));
  });

  test('a stream and a group whose queues are deleted go on with the next message', async () => {
    const all = await listen(channel, { subject: 'news' });
    const group = await listen(channel, { subject: 'news', group: 'g' });
    await witness.publish([message(0)]);
    await until('the first message', () => all.length > 0 && group.length > 0);
    const listed = await service.control('list_queues', '--silent', 'name');
    for (const name of listed.split('\n').filter((each) => /\.log$|\.group\./.test(each)))
      await service.control('delete_queue', name);
    await until('a message', () => {
      void witness.publish([message(1)]).catch(() => undefined); // it is published until it arrives
      return idsOf(all).includes('m1') && idsOf(group).includes('m1');
    });
  });

  test('a loop whose server stays away ends with an error, and another one goes on where it stood', async () => {
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

  test('an alarm of the server keeps publishers waiting, not subscribers, and nobody for ever', async () => {
    const arrived = await listen(channel, { subject: 'news', group: 'g' });
    await witness.publish([message(0)]);
    await service.control('set_vm_memory_high_watermark', '0.0001');
    try {
      await until('the message', () => arrived.length === 1);
      await assert.rejects(witness.publish([message(1)]), { retryable: true });
      await assert.rejects(witness.publish([message(2)]), {
        code: 'WB_CONNECTION',
        message: /low on memory/,
      });
    } finally {
      await service.control('set_vm_memory_high_watermark', '0.4');
    }
    await stubbornly(() => witness.publish([message(3)]));
    await until('the next message', () => idsOf(arrived).includes('m3'));
    assert.ok(!idsOf(arrived).includes('m2'));
  });

  test('after its end a subscriber keeps no process alive', async () => {
    const patient = await openRabbitmqChannel({
      namespace: randomUUID(),
      url: service.url,
      requestMs: 600_000,
    });
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    let ready = 0;
    const onReady = (): void => void ready++;
    const before = timers();
    const loops = numbers(10).map(async (n) => {
      for await (const _ of patient.subscribe({ subject: `news.${n}`, signal: stop.signal, onReady })) break;
    });
    await until('all of them', () => ready === loops.length);
    const closed = patient.close();
    await Promise.all(loops);
    await closed;
    assert.ok(timers() < before + 3, `${timers()} timers after ${before}`);
  });

  test('subscribers that come and go leave no queues and no channels behind', async () => {
    const once = async (group?: string): Promise<void> => {
      const own = new AbortController();
      const onReady = (): void => own.abort();
      const subscription = {
        subject: 'news',
        signal: own.signal,
        onReady,
        ...(group === undefined ? {} : { group }),
      };
      for await (const _ of witness.subscribe(subscription)) break;
    };
    await Promise.all([once(), once('g')]);
    const before = { queues: await queues(), channels: await channels() };
    for (let n = 0; n < 20; n++) await Promise.all([once(), once('g')]);
    await pause(200);
    assert.deepEqual({ queues: await queues(), channels: await channels() }, before);
  });
});
