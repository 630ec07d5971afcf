import { randomUUID } from 'node:crypto';
import { adapterHarness, storeCases } from '@waybill/testing';
import { startService } from '@waybill/testing/services/redis';
import { startOwnRedisCluster } from '@waybill/testing/services/redis-cluster';
import { startOwnTlsRedis } from '@waybill/testing/services/redis-tls';
import { describeService } from '@waybill/testing/services/vitest';
import { describeConformance } from '@waybill/testing/vitest';
import { redisStore } from './index.ts';

const conformsWith = (options: object): void =>
  describeConformance(storeCases, () =>
    adapterHarness(redisStore, { namespace: () => ({ ...options, namespace: randomUUID() }) }),
  );

await describeService('Redis', startService, ({ url }) => conformsWith({ url }));
// Namespaces are spread over all masters.
await describeService('a Redis Cluster', startOwnRedisCluster, ({ replica }) =>
  conformsWith({ cluster: [replica.url] }),
);
await describeService('Redis over TLS', startOwnTlsRedis, ({ url, ca }) =>
  conformsWith({ url, tls: { ca } }),
);
