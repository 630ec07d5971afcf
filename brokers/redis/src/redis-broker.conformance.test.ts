import { randomUUID } from 'node:crypto';
import { adapterHarness, brokerCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/redis';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { redisBroker } from './index.ts';

await describeService('Redis', startService, ({ url }) =>
  describeConformance(brokerCases, () =>
    adapterHarness(redisBroker, { namespace: () => ({ url, namespace: randomUUID() }) }),
  ),
);
