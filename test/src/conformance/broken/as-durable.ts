import type { Harness, Testable } from '../harness.ts';
import { altered } from './altered.ts';

/**
 * The memory adapter, called durable and shared: within one process its namespaces do outlive their clients, and so
 * the cases that need that can be proven on it too.
 */
export const asDurable = <Tested extends Testable>(harness: Harness<Tested>): Harness<Tested> => {
  const capabilities: Tested['capabilities'] = {
    ...harness.capabilities,
    durability: 'process',
    shared: true,
  };
  const durable = (client: Tested): Tested => altered<Testable>(client, { capabilities }) as Tested; // all else is the client's
  return {
    ...harness,
    capabilities,
    fresh: async () => durable(await harness.fresh()),
    another: async () => durable(await harness.another()),
  };
};
