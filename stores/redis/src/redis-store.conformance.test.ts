import { randomUUID } from 'node:crypto';
import { adapterHarness, storeCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/redis';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { redisStore } from './index.ts';

await describeService('Redis', startService, ({ url }) =>
  describeConformance(storeCases, () =>
    adapterHarness(redisStore, { namespace: () => ({ url, namespace: randomUUID() }) }),
  ),
);
