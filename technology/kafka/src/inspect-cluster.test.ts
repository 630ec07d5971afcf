import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { startService } from '@waybill/testing/services/kafka';
import { describeService } from '@waybill/testing/services/vitest';
import { test } from 'vitest';
import { z } from 'zod';
import { inspectCluster } from './inspect-cluster.ts';
import { openKafka } from './open-kafka.ts';
import { connectionOptions } from './options.ts';

await describeService('topics that exist, on Kafka', startService, ({ url }) => {
  test('what is otherwise is said with the command that mends it, and nothing is said of what is not', async () => {
    const options = z.object(connectionOptions).parse({ url });
    const client = openKafka(options);
    const [same, few, many] = [randomUUID(), randomUUID(), randomUUID()];
    const spec = (name: string, partitions: number, keepMs = 60_000) => ({
      name,
      partitions,
      replication: 1,
      settings: { 'retention.ms': `${keepMs}` },
    });
    await client.createTopics([spec(same, 2), spec(few, 1), spec(many, 3)]);
    await client.close();
    const wanted = [spec(same, 2), spec(few, 2, 70_000), spec(many, 2), spec(randomUUID(), 2)];
    const { findings } = await inspectCluster(options, wanted);
    const at = `--bootstrap-server ${new URL(url).host}`;
    assert.deepEqual(
      findings.map(({ fix }) => fix),
      [
        `kafka-topics ${at} --alter --topic ${few} --partitions 2`,
        `kafka-configs ${at} --alter --topic ${few} --add-config retention.ms=70000`,
        'set partitions to 3: Kafka takes none away',
      ],
    );
  });
});
