import assert from 'node:assert/strict';
import { isWaybillError } from '@waybill/core';
import { startOwnTlsRabbit } from '@waybill/testing/services/rabbitmq-tls';
import { describeService } from '@waybill/testing/services/vitest';
import { test } from 'vitest';
import { z } from 'zod';
import { connectionOptions, Publisher, RabbitConnection } from './index.ts';

const schema = z.strictObject(connectionOptions);

await describeService('RabbitMQ over TLS', startOwnTlsRabbit, ({ url, ca }) => {
  const optionsFor = (more: z.input<typeof schema>) => ({
    ...schema.parse({ url, requestMs: 3_000, ...more }),
    name: 'test',
  });

  test('a server whose certificate is trusted is used, by URL and by option', async () => {
    const plain = url.replace('amqps:', 'amqp:');
    for (const options of [optionsFor({ tls: { ca } }), optionsFor({ url: plain, tls: { ca } })]) {
      const connection = await RabbitConnection.open(options);
      const publisher = new Publisher(connection, { requestMs: 2_000, declare: async () => undefined });
      await publisher.publish([{ exchange: '', routingKey: 'nobody', content: Buffer.from('text') }]);
      await publisher.close();
      await connection.close();
    }
  });

  test.each([
    ['whose certificate nobody vouches for', {}],
    ['that has another name', { tls: { ca, servername: 'example.org' } }],
  ])('a server %s is not talked to, and the error says why', async (_, more) => {
    const error: unknown = await RabbitConnection.open(optionsFor(more)).catch((thrown: unknown) => thrown);
    assert.ok(isWaybillError(error) && error.code === 'WB_CONNECTION', String(error));
    assert.match(String(error.cause), /certificate|altnames/i);
  });
});
