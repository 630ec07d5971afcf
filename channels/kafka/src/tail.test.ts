import assert from 'node:assert/strict';
import type { KafkaClient } from '@waybill/kafka';
import { test } from 'vitest';
import { Tail } from './tail.ts';

test('a partition whose end is known only after the close is not read', async () => {
  const end = Promise.withResolvers<Awaited<ReturnType<KafkaClient['offsets']>>>();
  let lanes = 0;
  const client = {
    offsets: () => end.promise,
    lane: () => {
      lanes++;
      return { fetch: async () => [], close: async () => undefined };
    },
  };
  const tail = new Tail(client as unknown as KafkaClient, async () => undefined); // it needs nothing else

  const following = tail.follow([{ topic: 'news', partition: 0 }]);
  await tail.close();
  end.resolve([{ topic: 'news', partition: 0, offset: 7 }]);
  await following;
  assert.equal(lanes, 0);
});
