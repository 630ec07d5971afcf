import type { Inspection } from '@waybill/core';
import { compareTopics } from './declare-topics.ts';
import type { TopicSpec } from './kafka-client.ts';
import { openKafka } from './open-kafka.ts';
import type { ConnectionOptions } from './options.ts';

/** For `Adapter.inspect`. */
export const inspectCluster = async (
  options: ConnectionOptions,
  specs: readonly TopicSpec[],
): Promise<Inspection> => {
  const client = openKafka(options);
  try {
    return {
      server: await client.server(),
      findings: await compareTopics(client, nodesOf(options.url), specs),
    };
  } finally {
    await client.close();
  }
};

/** As Kafka's own tools take them. */
const nodesOf = (url: string): string => url.slice(url.indexOf('//') + 2).replace(/\/$/, '');
