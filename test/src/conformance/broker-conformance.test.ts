import { harnesses } from '../harness/memory.ts';
import { describeConformance } from '../vitest.ts';
import { brokerCases } from './broker-cases/broker-cases.ts';

describeConformance(
  brokerCases,
  () => harnesses.broker?.() ?? Promise.reject(new Error('memory has no broker')),
);
