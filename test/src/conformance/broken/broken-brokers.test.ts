import { harnesses } from '../../harness/memory.ts';
import { brokerCases } from '../broker-cases/broker-cases.ts';
import { asDurable } from './as-durable.ts';
import { brokenBrokers } from './broken-brokers.ts';
import { describeProofs } from './describe-proofs.ts';

describeProofs(brokerCases, brokenBrokers, async () => {
  const harness = await harnesses.broker?.();
  if (harness === undefined) throw new Error('memory has no broker');
  return asDurable(harness);
});
