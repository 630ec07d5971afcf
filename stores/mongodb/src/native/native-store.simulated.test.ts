import { randomUUID } from 'node:crypto';
import { adapterHarness, storeCases } from '@waybill/testing';
import { describeConformance } from '@waybill/testing/vitest';
import { afterAll, describe } from 'vitest';
import { mongodbStore } from '../index.ts';
import { SimulatedReplicaSet } from '../simulated/simulated-replica-set.fixture.ts';

const simulated = await SimulatedReplicaSet.start();

describe('on a simulated replica set', () => {
  afterAll(() => simulated.stop());
  describeConformance(storeCases, () =>
    adapterHarness(mongodbStore, { namespace: () => ({ url: simulated.url, database: randomUUID() }) }),
  );
});
