import { randomUUID } from 'node:crypto';
import { adapterHarness, brokerCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/rabbitmq';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { describe } from 'vitest';
import { rabbitmqBroker } from './index.ts';

/** New quorum queues and streams take their time where many others are busy. */
const requestMs = 15_000;

await describeService('RabbitMQ', startService, ({ url }) => {
  const conforms = (options: object): void =>
    describeConformance(brokerCases, () =>
      adapterHarness(rabbitmqBroker, {
        namespace: () => ({ url, namespace: randomUUID(), requestMs, ...options }),
      }),
    );
  describe('with quorum queues', () => {
    conforms({});
  });
  describe('with classic queues', () => {
    conforms({ queueType: 'classic' });
  });
  describe('with shards', () => {
    conforms({ shards: 3 });
  });
});
