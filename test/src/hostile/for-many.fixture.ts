import * as fc from 'fast-check';
import { expect } from 'vitest';

/**
 * Tries so many cases; a failing one is shrunk, and printed with its seed. `attempt` answers whether its case was
 * accepted: where next to nothing is, a test says nothing about what is accepted, and fails.
 */
export const forMany = async <T>(
  cases: fc.Arbitrary<T>,
  runs: number,
  attempt: (given: T) => Promise<boolean>,
): Promise<void> => {
  let accepted = 0;
  const property = fc.asyncProperty(cases, async (given) => {
    if (await attempt(given)) accepted++;
  });
  await fc.assert(property, { numRuns: Math.ceil(runs) });
  expect(accepted).toBeGreaterThan(runs / 20);
};
