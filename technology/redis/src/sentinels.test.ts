import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isWaybillError } from '@waybill/core';
import { ask } from '@waybill/testing/services/redis-process';
import { startOwnRedisSentinels } from '@waybill/testing/services/redis-sentinels';
import { describeService } from '@waybill/testing/services/vitest';
import { test } from 'vitest';
import { z } from 'zod';
import {
  connectionOptions,
  defineScript,
  inspectOptions,
  inspectServer,
  RedisConnection,
  RedisListener,
} from './index.ts';

const schema = z.strictObject(connectionOptions);
const increment = defineScript('test.increment', { changes: true }, "return redis.call('INCR', KEYS[1])");

await describeService('Redis Sentinel', startOwnRedisSentinels, ({ urls, name, master, replica }) => {
  const optionsFor = (more: z.input<typeof schema>) =>
    schema.parse({ namespace: randomUUID(), requestMs: 10_000, ...more });

  test('a replica that is named by its own URL is refused', async () => {
    const redis = await RedisConnection.open(optionsFor({ url: replica.url }));
    const { findings } = await inspectServer(redis, 'tickets');
    await redis.close();
    assert.deepEqual(
      findings.map(({ level, code }) => [level, code]),
      [['refuse', 'redis.replica']],
    );
  });

  test('a master whose replicas may lag without limit is warned of', async () => {
    const codes = async (): Promise<readonly string[]> =>
      (await inspectOptions(optionsFor({ sentinels: [...urls], master: name }), 'documents')).findings.map(
        ({ code }) => code,
      );
    const address = { host: '127.0.0.1', port: Number(new URL(master.url).port) };
    assert.deepEqual(await codes(), ['redis.failover']);
    await ask(address, ['CONFIG', 'SET', 'min-replicas-to-write', '1']);
    assert.deepEqual(await codes(), []);
    await ask(address, ['CONFIG', 'SET', 'min-replicas-to-write', '0']);
  });

  test('the master is found, and after a failover the new one', async () => {
    const options = optionsFor({ sentinels: ['redis://127.0.0.1:1', ...urls], master: name });
    const redis = await RedisConnection.open(options);
    const key = `${redis.prefix}:counter`;
    const listening = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let times = 0;
    const listener = new RedisListener(options, ['news'], {
      message: () => undefined,
      listening: () => listening[times++]?.resolve(),
    });
    try {
      assert.equal(await redis.run(increment, [key], []), 1);
      await redis.call('WAIT', [1, 5_000], { changes: false });
      await listening[0]?.promise;
      const started = performance.now();
      await master.kill();
      let counted: unknown;
      while (counted === undefined) {
        counted = await redis.run(increment, [key], []).catch((error: unknown) => {
          if (!isWaybillError(error) || !error.retryable) throw error;
        });
        assert.ok(performance.now() - started < 15_000, 'no master after 15 s');
      }
      assert.equal(counted, 2);
      const direct = await RedisConnection.open(optionsFor({ url: replica.url }));
      assert.equal(Number(await direct.call('GET', [key], { changes: false })), 2);
      await direct.close();
      await listening[1]?.promise;
    } finally {
      await redis.close();
      await listener.close();
    }
  });
});
