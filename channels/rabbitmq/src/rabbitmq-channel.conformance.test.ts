import { randomUUID } from 'node:crypto';
import { adapterHarness, channelCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/rabbitmq';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { describe } from 'vitest';
import { rabbitmqChannel } from './index.ts';

/** New quorum queues and streams take their time where many others are busy. */
const requestMs = 15_000;

await describeService('RabbitMQ', startService, ({ url }) => {
  const conforms = (options: object): void =>
    describeConformance(channelCases, () =>
      adapterHarness(rabbitmqChannel, {
        namespace: () => ({ url, namespace: randomUUID(), requestMs, ...options }),
      }),
    );
  describe('with a stream', () => {
    conforms({});
  });
  describe('without streams', () => {
    conforms({ streams: false });
  });
});
