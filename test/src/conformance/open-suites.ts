import type { PortName } from '@waybill/core';
import type { Harnesses } from '../harness/harnesses.ts';
import { brokerCases } from './broker-cases/broker-cases.ts';
import type { Case } from './case.ts';
import { channelCases } from './channel-cases/channel-cases.ts';
import type { Harness, Testable } from './harness.ts';
import { type Suite, suite } from './run.ts';
import { storeCases } from './store-cases/store-cases.ts';

/** Opens the harnesses of these ports, as far as the technology has them. If one does not open, none stays open. */
export const openSuites = async (harnesses: Harnesses, ports: readonly PortName[]): Promise<Suite[]> => {
  const suites: Suite[] = [];
  try {
    for (const port of ports) suites.push(...(await openSuite(harnesses, port)));
    return suites;
  } catch (error) {
    for (const opened of suites) await opened.dispose();
    throw error;
  }
};

const openSuite = (harnesses: Harnesses, port: PortName): Promise<Suite[]> => {
  switch (port) {
    case 'store':
      return ifThere(storeCases, harnesses.store);
    case 'broker':
      return ifThere(brokerCases, harnesses.broker);
    case 'channel':
      return ifThere(channelCases, harnesses.channel);
  }
};

const ifThere = async <Tested extends Testable>(
  cases: readonly Case<Tested>[],
  open: (() => Promise<Harness<Tested>>) | undefined,
): Promise<Suite[]> => (open === undefined ? [] : [suite(cases, await open())]);
