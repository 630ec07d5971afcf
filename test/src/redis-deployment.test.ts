import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  defineCollection,
  defineHandler,
  isWaybillError,
  openEngine,
  type PortName,
  type Ports,
  Waybill,
} from '@waybill/core';
import { startWorker } from '@waybill/workers';
import { afterEach, test, vi } from 'vitest';
import { adapterHarness } from './conformance/adapter-harness.ts';
import { objects } from './crash/workload/collections.ts';
import { FaultProxy } from './fault-proxy.ts';
import { loadAdapter } from './harness/load-adapter.ts';
import { ask } from './services/redis-process.ts';
import { startOwnRedis } from './services/redis.ts';
import { describeService } from './services/vitest.ts';

const marks = defineCollection({ name: 'marks', schema: objects<{ times: number }>() });

/** Counts how often it has committed, for each number. */
const mark = defineHandler({
  topic: 'mark',
  input: objects<{ n: string }>(),
  async run({ n }, work) {
    const before = await work.documents(marks).get(n);
    work.documents(marks).put(n, { times: (before?.times ?? 0) + 1 });
  },
});

const requestMs = 3_000;

interface Deployment {
  readonly waybill: Waybill;
  work(): Promise<void>;
}

/** Whatever is wrong with the network or the server, a call ends; and what may help is done again. */
const stubbornly = async <T>(call: () => Promise<T>): Promise<T> => {
  for (const limit = performance.now() + 30_000; ; ) {
    const started = performance.now();
    try {
      return await call();
    } catch (error) {
      if (!isWaybillError(error) || !error.retryable || performance.now() > limit) throw error;
    } finally {
      const tookMs = performance.now() - started;
      assert.ok(tookMs < callLimitMs, `a call took ${tookMs} ms`);
    }
  }
};
/** The deadline of a request of the engine, and of the adapter's last one that began in it. */
const callLimitMs = 2 * requestMs + 2_000;

const startRedis = () => startOwnRedis({ args: ['--enable-debug-command', 'yes'] });

await describeService('a Redis of its own', startRedis, (service) => {
  const address = { host: '127.0.0.1', port: Number(new URL(service.url).port) };
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  const openPort = async <P extends PortName>(
    port: P,
    technology: string,
    options: object,
  ): Promise<Ports[P]> =>
    (await adapterHarness(await loadAdapter(port, technology), { namespace: () => options })).fresh();

  const deploy = async (
    technologies: Readonly<Record<PortName, string>>,
    url: string,
    window?: number,
  ): Promise<Deployment> => {
    const redis = { url, namespace: randomUUID(), requestMs };
    const optionsOf = (technology: string): object => (technology === 'redis' ? redis : {});
    const ports: Ports = {
      store: await openPort('store', technologies.store, optionsOf(technologies.store)),
      broker: await openPort('broker', technologies.broker, optionsOf(technologies.broker)),
      channel: await openPort('channel', technologies.channel, optionsOf(technologies.channel)),
    };
    const engine = await openEngine({
      ports,
      plugins: [{ name: 'test', handlers: [mark], collections: [marks] }],
      settings: { leaseMs: 3_000, sweepMs: 300, requestMs, ...(window === undefined ? {} : { window }) },
    });
    const waybill = new Waybill(engine);
    closing.push(async () => {
      await waybill.close();
      await Promise.all(Object.values(ports).map((port) => port.close()));
    });
    const work = async (): Promise<void> => {
      const worker = await startWorker(waybill, { slots: { normal: 32 }, shutdownMs: 1_000 });
      closing.push(() => worker.stop());
    };
    return { waybill, work };
  };

  /** Tasks of so many numbers, of which each is submitted once, whatever happens. */
  const submit = async ({ waybill }: Deployment, numbers: readonly string[]): Promise<void> => {
    const submissions = numbers.map((n) => ({ type: mark, input: { n }, options: { idempotencyKey: n } }));
    await stubbornly(() => waybill.submitMany(submissions));
  };

  const times = async ({ waybill }: Deployment, numbers: readonly string[]): Promise<readonly number[]> => {
    const found: number[] = [];
    for (const n of numbers) {
      const value = await stubbornly(() => waybill.documents(marks).get(n));
      found.push(value?.value.times ?? 0);
    }
    return found;
  };

  /** Resolves when each has been committed. */
  const done = async (deployment: Deployment, numbers: readonly string[], limitMs: number): Promise<void> => {
    const limit = performance.now() + limitMs;
    for (let left = numbers; ; ) {
      const found = await times(deployment, left);
      left = left.filter((_, i) => found[i] === 0);
      if (left.length === 0) return;
      assert.ok(performance.now() < limit, `${left.length} of ${numbers.length} are not done`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  const name = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, n) => `${prefix}-${n}`);

  test('FLUSHALL of the broker with 10,000 tasks in flight loses none of them', {
    timeout: 90_000,
  }, async () => {
    const technologies = { store: 'memory', broker: 'redis', channel: 'memory' };
    const deployment = await deploy(technologies, service.url, 16_384);
    const numbers = name('flush', 10_000);
    for (let n = 0; n < numbers.length; n += 1_000) await submit(deployment, numbers.slice(n, n + 1_000));
    const { broker } = deployment.waybill.engine.context;
    await vi.waitUntil(async () => (await broker.depth()).get('normal') === numbers.length, 20_000);
    await deployment.work();
    await done(deployment, numbers.slice(0, 100), 10_000);
    await ask(address, ['FLUSHALL']);
    assert.equal((await times(deployment, numbers)).includes(0), true);
    await done(deployment, numbers, 60_000);
    assert.deepEqual([...new Set(await times(deployment, numbers))], [1]);
  });

  test('whatever happens to the connections and the server, nothing is lost or doubled, and full speed is back within ten seconds', {
    timeout: 180_000,
  }, async () => {
    const proxy = await FaultProxy.open(address);
    closing.push(() => proxy.close());
    const technologies = { store: 'redis', broker: 'redis', channel: 'redis' };
    const deployment = await deploy(technologies, proxy.url(service.url));
    await deployment.work();
    const batchSize = 100;
    const all: string[] = [];
    const batchMs = async (prefix: string): Promise<number> => {
      const numbers = name(`${prefix}-${randomUUID()}`, batchSize);
      all.push(...numbers);
      const started = performance.now();
      await submit(deployment, numbers);
      await done(deployment, numbers, 15_000);
      return performance.now() - started;
    };
    const usual: number[] = [];
    for (let n = 0; n < 5; n++) usual.push(await batchMs('usual'));
    const usualMs = Math.max(...usual);

    const drops = async (): Promise<void> => {
      for (let n = 0; n < 10; n++) await proxy.dropReply((request) => request.includes('EVALSHA'));
    };
    const faults: Readonly<Record<string, () => Promise<unknown>>> = {
      restart: () => service.restart(),
      'kill of clients': () =>
        ask(address, ['CLIENT', 'KILL', 'TYPE', 'normal'], ['CLIENT', 'KILL', 'TYPE', 'pubsub']),
      sleep: () => ask(address, ['DEBUG', 'SLEEP', '1.5']),
      'loss of replies': drops,
      '100 flaps': () => proxy.flap(100, { upMs: 15, downMs: 4 }),
      'forgotten scripts': () => ask(address, ['SCRIPT', 'FLUSH']),
    };
    for (const [fault, happen] of Object.entries(faults)) {
      let isOver = false;
      const during: Promise<void> = (async () => {
        while (!isOver) {
          const numbers = name(`during ${fault} ${randomUUID()}`, 5);
          all.push(...numbers);
          await submit(deployment, numbers);
        }
      })();
      await happen();
      isOver = true;
      const over = performance.now();
      await during;
      while ((await batchMs(`after ${fault}`)) > 2 * usualMs + 200)
        assert.ok(performance.now() - over < 10_000, `slow ${performance.now() - over} ms after ${fault}`);
      assert.ok(
        performance.now() - over < 10_000,
        `full speed ${performance.now() - over} ms after ${fault}`,
      );
    }
    await done(deployment, all, 30_000);
    assert.deepEqual([...new Set(await times(deployment, all))], [1]);
  });
});
