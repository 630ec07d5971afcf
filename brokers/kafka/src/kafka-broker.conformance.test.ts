import { randomUUID } from 'node:crypto';
import { adapterHarness, brokerCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/kafka';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { describe } from 'vitest';
import { kafkaBroker } from './index.ts';

await describeService('Kafka', startService, ({ url }) => {
  for (const partitions of [1, 3]) {
    describe(`with queues of ${partitions} partitions`, () => {
      describeConformance(brokerCases, () =>
        adapterHarness(kafkaBroker, { namespace: () => ({ url, namespace: randomUUID(), partitions }) }),
      );
    });
  }
});
