import type { BrokerCase } from './broker-case.ts';
import { depthCases } from './depth.ts';
import { lifecycleCases } from './lifecycle.ts';
import { loanCases } from './loans.ts';
import { queueCases } from './queues.ts';
import { refusalCases } from './refusals.ts';
import { waitingCases } from './waiting.ts';

/** Every promise of `TaskBroker`. */
export const brokerCases: readonly BrokerCase[] = [
  ...loanCases,
  ...queueCases,
  ...depthCases,
  ...waitingCases,
  ...refusalCases,
  ...lifecycleCases,
];
