import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isWaybillError } from '@waybill/core';
import { startOwnRedisCluster, type RedisClusterNode } from '@waybill/testing/services/redis-cluster';
import { ask } from '@waybill/testing/services/redis-process';
import { describeService } from '@waybill/testing/services/vitest';
import { afterEach, test } from 'vitest';
import { z } from 'zod';
import { connectionOptions, defineScript, inspectServer, RedisConnection, RedisListener } from './index.ts';

const schema = z.strictObject(connectionOptions);
const increment = defineScript('test.increment', { changes: true }, "return redis.call('INCR', KEYS[1])");
/** The second key need not be there. */
const incrementBoth = defineScript(
  'test.increment-both',
  { changes: true },
  "redis.call('INCR', KEYS[1]) return redis.call('INCR', KEYS[1] .. ':other')",
);

await describeService('a Redis Cluster', startOwnRedisCluster, ({ masters, replica }) => {
  const [first, second] = masters as readonly [RedisClusterNode, RedisClusterNode]; // there are three
  const open: RedisConnection[] = [];

  const connect = async (nodes: readonly { readonly url: string }[], namespace: string) => {
    const cluster = nodes.map(({ url }) => url);
    const redis = await RedisConnection.open(schema.parse({ cluster, namespace, requestMs: 10_000 }));
    open.push(redis);
    return redis;
  };
  afterEach(async () => {
    for (const redis of open.splice(0)) await redis.close();
  });

  /** Whose slot is the first node's, or not. */
  const namespaceAt = async (isFirst: boolean): Promise<{ readonly name: string; readonly slot: number }> => {
    for (;;) {
      const name = randomUUID();
      const slot = Number((await ask(first, ['CLUSTER', 'KEYSLOT', `{${name}}`])).match(/\d+/)?.[0]);
      if (slot < 5_461 === isFirst) return { name, slot };
    }
  };

  const stubbornly = async <T>(call: () => Promise<T>): Promise<T> => {
    for (const deadline = performance.now() + 15_000; ; ) {
      try {
        return await call();
      } catch (error) {
        if (!isWaybillError(error) || !error.retryable || performance.now() > deadline) throw error;
      }
    }
  };

  test('whichever node it begins with, it finds the one that has its slot', async () => {
    const { name } = await namespaceAt(false);
    const dead = { url: 'redis://127.0.0.1:1' };
    for (const [n, nodes] of [[first], [second], [replica], [dead, replica]].entries()) {
      const redis = await connect(nodes, name);
      assert.equal(await redis.run(increment, [`${redis.prefix}:counter`], []), n + 1);
    }
  });

  test('what is published there is heard there', async () => {
    const { name } = await namespaceAt(false);
    const redis = await connect([replica], name);
    const ready = Promise.withResolvers<void>();
    const heard = Promise.withResolvers<string>();
    const options = schema.parse({ cluster: [first.url], namespace: name });
    const listener = new RedisListener(options, [`${redis.prefix}:news`], {
      message: (_, message) => heard.resolve(message.toString()),
      listening: () => ready.resolve(),
    });
    await ready.promise;
    await redis.call('PUBLISH', [`${redis.prefix}:news`, 'hello'], { changes: true });
    assert.equal(await heard.promise, 'hello');
    await listener.close();
  });

  test('a node of a cluster that is taken for a server of its own is refused with the fix', async () => {
    const { name } = await namespaceAt(false);
    const options = schema.parse({ url: first.url, namespace: name });
    const error: unknown = await RedisConnection.open(options).catch((thrown: unknown) => thrown);
    assert.ok(isWaybillError(error) && error.fix?.includes('`cluster`'), String(error));
    const here = await namespaceAt(true);
    const redis = await RedisConnection.open(schema.parse({ url: first.url, namespace: here.name }));
    open.push(redis);
    const { findings } = await inspectServer(redis, 'tickets');
    assert.deepEqual(
      findings.map(({ level, code }) => [level, code]),
      [['refuse', 'redis.cluster']],
    );
  });

  test('while a slot is moved nothing happens by halves, and then it goes on', async () => {
    const { name, slot } = await namespaceAt(false);
    const redis = await connect([first], name);
    const key = `${redis.prefix}:counter`;
    assert.equal(await redis.run(increment, [key], []), 1);
    const home = slot < 10_923 ? second : masters[2];
    assert.ok(home);
    await ask(first, ['CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', home.id]);
    await ask(home, ['CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', first.id]);
    await assert.rejects(redis.run(incrementBoth, [key], []), { code: 'WB_CONNECTION' });
    assert.match(await ask(home, ['GET', key]), /^\$1\r\n1\r\n/);
    await ask(home, ['MIGRATE', first.host, String(first.port), key, '0', '5000']);
    await assert.rejects(redis.run(incrementBoth, [key], []), { code: 'WB_CONNECTION' });
    for (const node of [first, home]) await ask(node, ['CLUSTER', 'SETSLOT', String(slot), 'NODE', first.id]);
    assert.equal(await stubbornly(() => redis.run(incrementBoth, [key], [])), 1);
    assert.equal(Number(await redis.call('GET', [key], { changes: false })), 2);
    assert.match(await ask(first, ['GET', key]), /^\$1\r\n2\r\n/);
  });

  test('when a master dies it goes on with the replica', async () => {
    const { name } = await namespaceAt(true);
    const redis = await connect([second], name);
    const key = `${redis.prefix}:counter`;
    assert.equal(await redis.run(increment, [key], []), 1);
    await redis.call('WAIT', [1, 5_000], { changes: false });
    const started = performance.now();
    await first.kill();
    assert.equal(await stubbornly(() => redis.run(increment, [key], [])), 2);
    assert.ok(performance.now() - started < 10_000, `${performance.now() - started} ms`);
    assert.match(await ask(replica, ['GET', key]), /^\$1\r\n2\r\n/);
  });
});
