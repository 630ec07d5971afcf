import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { isWaybillError } from '@waybill/core';
import { startOwnTlsRedis } from '@waybill/testing/services/redis-tls';
import { describeService } from '@waybill/testing/services/vitest';
import { test } from 'vitest';
import { z } from 'zod';
import { connectionOptions, defineScript, RedisConnection, RedisListener } from './index.ts';

const schema = z.strictObject(connectionOptions);
const increment = defineScript('test.increment', { changes: true }, "return redis.call('INCR', KEYS[1])");

await describeService('Redis over TLS', startOwnTlsRedis, ({ url, ca }) => {
  const optionsFor = (more: z.input<typeof schema>) =>
    schema.parse({ url, namespace: randomUUID(), requestMs: 2_000, ...more });

  test('a server whose certificate is trusted is used, by URL and by option', async () => {
    const plain = url.replace('rediss:', 'redis:');
    for (const options of [optionsFor({ tls: { ca } }), optionsFor({ url: plain, tls: { ca } })]) {
      const redis = await RedisConnection.open(options);
      assert.equal(await redis.run(increment, [`${redis.prefix}:counter`], []), 1);
      const listening = Promise.withResolvers<void>();
      const handlers = { message: () => undefined, listening: () => listening.resolve() };
      const listener = new RedisListener(options, ['news'], handlers);
      await listening.promise;
      await listener.close();
      await redis.close();
    }
  });

  test.each([
    ['whose certificate nobody vouches for', {}],
    ['that has another name', { tls: { ca, servername: 'example.org' } }],
  ])('a server %s is not talked to, and the error says why', async (_, more) => {
    const error: unknown = await RedisConnection.open(optionsFor(more)).catch((thrown: unknown) => thrown);
    assert.ok(isWaybillError(error) && error.code === 'WB_CONNECTION', String(error));
    assert.match(String(error.cause), /certificate|altnames/i);
  });
});
