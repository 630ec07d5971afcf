import { harnesses } from '../../harness/memory.ts';
import { storeCases } from '../store-cases/store-cases.ts';
import { brokenStores } from './broken-stores.ts';
import { describeProofs } from './describe-proofs.ts';
import { asDurable } from './as-durable.ts';

describeProofs(storeCases, brokenStores, async () =>
  asDurable(await (harnesses.store?.() ?? Promise.reject(new Error('memory has no store')))),
);
