import { randomUUID } from 'node:crypto';
import { adapterHarness, channelCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/kafka';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { kafkaChannel } from './index.ts';

await describeService('Kafka', startService, ({ url }) =>
  describeConformance(channelCases, () =>
    adapterHarness(kafkaChannel, { namespace: () => ({ url, namespace: randomUUID(), partitions: 3 }) }),
  ),
);
