import { randomUUID } from 'node:crypto';
import type { PortName, Ports } from '@waybill/core';
import { adapterHarness } from '../conformance/adapter-harness.ts';
import type { Harness } from '../conformance/harness.ts';
import { loadAdapter } from '../harness/load-adapter.ts';
import { startService } from '../services/redis.ts';
import { describeService } from '../services/vitest.ts';
import { brokerProperty } from './broker-model.ts';
import { channelProperty } from './channel-model.ts';
import { describeModel } from './describe-model.ts';
import { storeProperty } from './store-model.ts';

await describeService('Redis', startService, ({ url }) => {
  const open = async <P extends PortName>(port: P): Promise<Harness<Ports[P]>> =>
    adapterHarness(await loadAdapter(port, 'redis'), {
      namespace: () => ({ url, namespace: randomUUID() }),
    });

  describeModel({
    promise: 'no sequence of calls tells a store from a list of documents',
    property: storeProperty,
    technologies: [{ name: 'redis', open: () => open('store'), runs: 300 }],
    faults: [],
  });
  describeModel({
    promise: 'no sequence of calls tells a broker from a list of tickets',
    property: brokerProperty,
    technologies: [{ name: 'redis', open: () => open('broker'), runs: 200 }],
    faults: [],
  });
  describeModel({
    promise: 'no sequence of calls tells a channel from a list of messages',
    property: channelProperty,
    technologies: [{ name: 'redis', open: () => open('channel'), runs: 50 }],
    faults: [],
  });
});
