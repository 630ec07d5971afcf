import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { queueNames } from '@waybill/core';
import { test, vi } from 'vitest';
import { Marking, numbered, requestMs } from '../marking.fixture.ts';
import { deleteKafkaTopics } from '../services/kafka-delete-topics.ts';
import { startService } from '../services/kafka.ts';
import { describeService } from '../services/vitest.ts';

const memory = { use: 'memory' };

await describeService('Kafka', startService, ({ url }) => {
  test('the topics of the broker deleted with 10,000 tasks in flight lose none of them', {
    timeout: 150_000,
  }, async () => {
    const namespace = randomUUID();
    const broker = { use: 'kafka', url, namespace, requestMs, partitions: 4 };
    const marking = await Marking.open({ store: memory, broker, channel: memory }, { window: 16_384 });
    const names = numbered('gone', 10_000);
    for (let n = 0; n < names.length; n += 1_000) await marking.submit(names.slice(n, n + 1_000));
    const { broker: port } = marking.ports;
    await vi.waitUntil(async () => (await port.depth()).get('normal') === names.length, 30_000);
    await deleteKafkaTopics(
      url,
      queueNames.map((queue) => `${namespace}.tickets.${queue}`),
    );
    await marking.work();
    await marking.done(names, 100_000);
    assert.deepEqual([...new Set(await marking.times(names))], [1]);
  });
});
