import { randomUUID } from 'node:crypto';
import { adapterHarness, channelCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/redis';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { redisChannel } from './index.ts';

await describeService('Redis', startService, ({ url }) =>
  describeConformance(channelCases, () =>
    adapterHarness(redisChannel, { namespace: () => ({ url, namespace: randomUUID() }) }),
  ),
);
