import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { onTestFinished, test, vi } from 'vitest';
import { FaultProxy } from '../fault-proxy.ts';
import { ask } from '../services/redis-process.ts';
import { startOwnRedis } from '../services/redis.ts';
import { describeService } from '../services/vitest.ts';
import { Marking, numbered, requestMs } from '../marking.fixture.ts';

const startRedis = () => startOwnRedis({ args: ['--enable-debug-command', 'yes'] });

await describeService('a Redis of its own', startRedis, (service) => {
  const address = { host: '127.0.0.1', port: Number(new URL(service.url).port) };
  const memory = { use: 'memory' };
  const redisAt = (url: string) => ({ use: 'redis', url, namespace: randomUUID(), requestMs });

  test('FLUSHALL of the broker with 10,000 tasks in flight loses none of them', {
    timeout: 90_000,
  }, async () => {
    const sections = { store: memory, broker: redisAt(service.url), channel: memory };
    const marking = await Marking.open(sections, { window: 16_384 });
    const names = numbered('flush', 10_000);
    for (let n = 0; n < names.length; n += 1_000) await marking.submit(names.slice(n, n + 1_000));
    const { broker } = marking.ports;
    await vi.waitUntil(async () => (await broker.depth()).get('normal') === names.length, 20_000);
    await marking.work();
    await marking.done(names.slice(0, 100), 10_000);
    await ask(address, ['FLUSHALL']);
    assert.ok((await marking.times(names)).includes(0), 'all were done before');
    await marking.done(names, 60_000);
    assert.deepEqual([...new Set(await marking.times(names))], [1]);
  });

  test('whatever happens to the connections and the server, nothing is lost or doubled, and full speed is back within ten seconds', {
    timeout: 180_000,
  }, async () => {
    const proxy = await FaultProxy.open(address);
    onTestFinished(() => proxy.close());
    const redis = redisAt(proxy.url(service.url));
    const marking = await Marking.open({ store: redis, broker: redis, channel: redis });
    await marking.work();
    const all: string[] = [];
    const submit = async (count: number): Promise<readonly string[]> => {
      const names = numbered(randomUUID(), count);
      all.push(...names);
      await marking.submit(names);
      return names;
    };
    const batchMs = async (): Promise<number> => {
      const started = performance.now();
      await marking.done(await submit(100), 15_000);
      return performance.now() - started;
    };
    const usual: number[] = [];
    for (let n = 0; n < 5; n++) usual.push(await batchMs());
    const slowestMs = 2 * Math.max(...usual) + 200;

    const loseReplies = async (): Promise<void> => {
      for (let n = 0; n < 10; n++) await proxy.dropReply((request) => request.includes('EVALSHA'));
    };
    const killClients = [
      ['CLIENT', 'KILL', 'TYPE', 'normal'],
      ['CLIENT', 'KILL', 'TYPE', 'pubsub'],
    ];
    const faults: Readonly<Record<string, () => Promise<unknown>>> = {
      'a restart': () => service.restart(),
      'kill -9': () => service.kill().then(() => service.restart()),
      'the kill of all clients': () => ask(address, ...killClients),
      'a sleep': () => ask(address, ['DEBUG', 'SLEEP', '1.5']),
      'the loss of replies': loseReplies,
      '100 flaps': () => proxy.flap(100, { upMs: 15, downMs: 4 }),
      'the loss of all scripts': () => ask(address, ['SCRIPT', 'FLUSH']),
    };
    for (const [fault, happen] of Object.entries(faults)) {
      let isOver = false;
      const meanwhile = (async () => {
        while (!isOver) await submit(5);
      })();
      await happen();
      isOver = true;
      const over = performance.now();
      await meanwhile;
      while ((await batchMs()) > slowestMs)
        assert.ok(performance.now() - over < 10_000, `still slow after ${fault}`);
      assert.ok(performance.now() - over < 10_000, `${performance.now() - over} ms after ${fault}`);
    }
    await marking.done(all, 30_000);
    assert.deepEqual([...new Set(await marking.times(all))], [1]);
    // A lease may run out while there is no server; but nothing fails of what it meets in between.
    for (const code of await marking.failures()) assert.equal(code, 'WB_LEASE_EXPIRED');
  });
});
