import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type Delivery, isWaybillError, type Ticket } from '@waybill/core';
import { openKafka } from '@waybill/kafka';
import { startProxiedKafka } from '@waybill/testing/services/kafka-proxied';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, beforeEach, test } from 'vitest';
import { type KafkaBroker, openKafkaBroker } from './kafka-broker.ts';
import { type KafkaBrokerOptions, kafkaBrokerOptions } from './options.ts';
import { groupOf, topicOf } from './topics.ts';

const wanted = [{ queue: 'normal', max: 100 }] as const;
const stormMs = 1_000 * Number(process.env['WAYBILL_TEST_STORM_S'] ?? 8);

const ticket = (n: number): Ticket => ({
  tenant: 'acme',
  taskId: `t${n}`,
  queue: 'normal',
  rank: 5,
  epoch: 0,
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const idsOf = (loans: readonly Delivery<Ticket>[]): string[] => loans.map(({ item }) => item.taskId);

/** As the worker does: whatever fails is tried again. */
const stubbornly = async <T>(call: () => Promise<T>): Promise<T> => {
  for (let tries = 0; ; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!isWaybillError(error) || !error.retryable || tries > 200) throw error;
      await pause(20);
    }
  }
};

/** Takes and commits until this many different tickets have come, or time is over. Answers all that came. */
const drain = async (
  broker: KafkaBroker,
  count: number,
  ms = 30_000,
  seen: string[] = [],
): Promise<string[]> => {
  const deadline = performance.now() + ms;
  while (new Set(seen).size < count && performance.now() < deadline) {
    const loans = await stubbornly(() => broker.acquire({ wanted, waitMs: 500 }));
    seen.push(...idsOf(loans));
    await Promise.all(loans.map((loan) => loan.commit()));
  }
  return seen;
};

/** Resolves when the group has committed that something of `normal` is done with. */
const committed = async (url: string, namespace: string): Promise<void> => {
  const client = openKafka(kafkaBrokerOptions.parse({ url, namespace }));
  const places = [0, 1].map((partition) => ({ topic: topicOf({ namespace }, 'normal'), partition }));
  for (;;) {
    const commits = await client.committed(groupOf({ namespace }), places);
    if (commits.some(({ offset }) => offset > 0)) break;
    await pause(20);
  }
  await client.close();
};

const repeats = (seen: readonly string[]): number => seen.length - new Set(seen).size;

await describeService('Kafka with faults', startProxiedKafka, (kafka) => {
  const { url, proxiedUrl, proxy } = kafka;
  let options: Partial<KafkaBrokerOptions>;
  let brokers: KafkaBroker[];

  const open = async (more: Partial<KafkaBrokerOptions> = {}): Promise<KafkaBroker> => {
    const broker = await openKafkaBroker({ ...options, ...more });
    brokers.push(broker);
    return broker;
  };

  beforeEach(() => {
    brokers = [];
    options = { url, namespace: randomUUID(), partitions: 2, sessionMs: 1_500, requestMs: 3_000 };
  });
  afterEach(async () => {
    proxy.heal();
    await Promise.all(brokers.map((broker) => broker.close()));
  }, 30_000);

  test('an enqueue whose answer is lost happens once', async () => {
    const [broker, witness] = [await open({ url: proxiedUrl }), await open()];
    await broker.enqueue([ticket(0)]);
    const dropped = proxy.dropReply((request) => request.includes('t1'));
    await broker.enqueue([ticket(1)]);
    await dropped;
    await broker.enqueue([ticket(2)]);
    const seen = await drain(witness, 3);
    seen.push(...idsOf(await witness.acquire({ wanted, waitMs: 300 })));
    assert.deepEqual(seen.sort(), ['t0', 't1', 't2']);
  }, 30_000);

  test('over a network that flaps every ticket arrives', async () => {
    const [broker, witness] = [await open({ url: proxiedUrl }), await open()];
    const flapping = proxy.flap(40, { upMs: 60, downMs: 5 });
    for (const n of numbers(100)) await stubbornly(() => witness.enqueue([ticket(n)]));
    const seen = await drain(broker, 100);
    await flapping;
    assert.equal(new Set(seen).size, 100);
  }, 60_000);

  test('calls settle although nothing comes through', async () => {
    const broker = await open({ url: proxiedUrl, requestMs: 1_000 });
    await broker.depth();
    proxy.swallow();
    for (const call of [
      () => broker.enqueue([ticket(1)]),
      () => broker.depth(),
      () => broker.acquire({ wanted, waitMs: 300 }),
    ]) {
      const started = performance.now();
      await call().catch((error: unknown) => assert.ok(isWaybillError(error), String(error)));
      const tookMs = performance.now() - started;
      assert.ok(tookMs < 20_000, `${tookMs} ms`);
    }
  }, 90_000);

  test('what a holder that died had on loan, and all that waits, goes to another', async () => {
    const [dying, heir] = [await open({ url: proxiedUrl, requestMs: 500 }), await open()];
    await heir.enqueue(numbers(50).map(ticket));
    const loans = await dying.acquire({ wanted: [{ queue: 'normal', max: 10 }], waitMs: 5_000 });
    assert.ok(loans.length > 0);
    await loans[0]?.commit();
    await committed(url, options.namespace ?? '');
    proxy.goDown();
    const seen = await drain(heir, 49);
    assert.equal(new Set([...seen, ...idsOf(loans.slice(0, 1))]).size, 50);
    assert.equal(seen.includes(loans[0]?.item.taskId ?? ''), false);
  }, 60_000);

  test('a holder that was silent past its session hands out nothing that others have by then', async () => {
    const [sleeping, other] = [await open({ url: proxiedUrl, requestMs: 500 }), await open()];
    await sleeping.acquire({ wanted, waitMs: 1_000 });
    await other.enqueue(numbers(40).map(ticket));
    await pause(300); // it has read ahead
    proxy.swallow();
    const seen = await drain(other, 40);
    const late = await sleeping.acquire({ wanted, waitMs: 0 });
    proxy.heal();
    assert.equal(new Set(seen).size, 40);
    assert.deepEqual(idsOf(late), []);
    const again = await drain(sleeping, 1, 2_000);
    assert.deepEqual(again, []);
  }, 60_000);

  test(
    'members that come and go all the time lose nothing, and do not stop the others',
    async () => {
      const steady = await open();
      const seen: string[] = [];
      const over = performance.now() + stormMs;
      let sent = 0;
      let longestMs = 0;
      let slowestMs = 0; // how busy the machine is
      const produce = async (): Promise<void> => {
        while (performance.now() < over) {
          const began = performance.now();
          await steady.enqueue(numbers(20).map(() => ticket(sent++)));
          slowestMs = Math.max(slowestMs, performance.now() - began);
          await pause(50);
        }
      };
      const consume = async (): Promise<void> => {
        let last = performance.now();
        while (performance.now() < over) {
          const loans = await stubbornly(() => steady.acquire({ wanted, waitMs: 200 }));
          if (loans.length > 0) {
            longestMs = Math.max(longestMs, performance.now() - last);
            last = performance.now();
          }
          seen.push(...idsOf(loans));
          await Promise.all(loans.map((loan) => loan.commit()));
        }
      };
      const storm = async (): Promise<void> => {
        while (performance.now() < over) {
          const member = await openKafkaBroker(options);
          const loans = await member.acquire({ wanted, waitMs: 500 });
          seen.push(...idsOf(loans));
          await Promise.all(loans.map((loan) => loan.commit()));
          await pause(300);
          await member.close();
        }
      };
      await Promise.all([produce(), consume(), storm(), storm()]);
      await drain(steady, sent, 60_000, seen);
      assert.equal(new Set(seen).size, sent, `${sent - new Set(seen).size} of ${sent} are lost`);
      assert.ok(repeats(seen) < sent / 4, `${repeats(seen)} of ${sent} came twice`);
      const limitMs = 5_000 + 10 * slowestMs;
      assert.ok(longestMs < limitMs, `the steady member waited ${longestMs} of ${limitMs} ms`);
    },
    60_000 + 2 * stormMs,
  );

  test('kill -9 of Kafka and a restart lose no ticket that was enqueued', async () => {
    const broker = await open({ requestMs: 300_000 });
    await broker.enqueue(numbers(500).map(ticket));
    const seen = await drain(broker, 100);
    await kafka.kill();
    await Promise.all([broker.enqueue([ticket(500)]), kafka.restart()]);
    await drain(broker, 501, 60_000, seen);
    assert.equal(new Set(seen).size, 501);
  }, 400_000);
});
