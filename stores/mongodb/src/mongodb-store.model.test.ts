import { randomUUID } from 'node:crypto';
import { adapterHarness } from '@waybill/testing';
import { startService } from '@waybill/testing/services/mongodb';
import { describeService } from '@waybill/testing/services/vitest';
import * as fc from 'fast-check';
import { afterAll, describe, it } from 'vitest';
import { storeProperty } from '../../../test/src/models/store-model.ts';
import { mongodbStore } from './index.ts';
import { SimulatedReplicaSet } from './simulated/simulated-replica-set.fixture.ts';

const scale = Number(process.env['WAYBILL_MODEL_RUNS'] ?? 1);

const itIsAListOfDocuments = (url: string, runs: number): void =>
  it('no sequence of calls tells a store from a list of documents', {
    timeout: 60_000 + 60_000 * scale,
  }, async () => {
    const namespace = () => ({ url, database: randomUUID(), requestMs: 20_000 });
    const { fresh, another } = await adapterHarness(mongodbStore, { namespace });
    await fc.assert(storeProperty({ fresh, another, patienceMs: 10_000 }), { numRuns: runs * scale });
  });

await describeService('MongoDB', startService, ({ url }) => itIsAListOfDocuments(url, 12));

describe('on a simulated replica set', async () => {
  const simulated = await SimulatedReplicaSet.start();
  afterAll(() => simulated.stop());
  itIsAListOfDocuments(simulated.url, 60);
});
