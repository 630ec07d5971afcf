import type { BrokenBroker } from './broken-broker.ts';
import { brokenBrokerCalls } from './broken-broker-calls.ts';
import { brokenLoans } from './broken-broker-loans.ts';
import { brokenQueues } from './broken-broker-queues.ts';
import { brokenWaits } from './broken-broker-waits.ts';

/** For every broker case there is at least one that it must catch. */
export const brokenBrokers: readonly BrokenBroker[] = [
  ...brokenLoans,
  ...brokenQueues,
  ...brokenWaits,
  ...brokenBrokerCalls,
];
