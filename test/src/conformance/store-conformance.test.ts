import { harnesses } from '../harness/memory.ts';
import { describeConformance } from '../vitest.ts';
import { storeCases } from './store-cases/store-cases.ts';

describeConformance(
  storeCases,
  () => harnesses.store?.() ?? Promise.reject(new Error('memory has no store')),
);
