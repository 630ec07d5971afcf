import assert from 'node:assert/strict';
import { freePort } from '@waybill/testing/services/free-port';
import { test } from 'vitest';
import { openKafka } from './open-kafka.ts';
import { connectionOptions } from './options.ts';
import { z } from 'zod';

test('where nothing listens, the error names the place and what to do', async () => {
  const node = `127.0.0.1:${await freePort()}`;
  const client = openKafka(z.object(connectionOptions).parse({ url: `kafka://${node}`, requestMs: 200 }));
  await assert.rejects(client.server(), (error: Error & { readonly fix?: string }) => {
    assert.equal(error.message, `Kafka at ${node} cannot be reached: nothing listens there`);
    assert.match(error.fix ?? '', /start it, or correct url/);
    return true;
  });
  await client.close();
});
