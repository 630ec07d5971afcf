import * as fc from 'fast-check';
import { expect } from 'vitest';

/** `WAYBILL_HOSTILE_RUNS` multiplies the cases: 10 is ten times as many. */
const scale = Number(process.env['WAYBILL_HOSTILE_RUNS'] ?? 1);

/** Of a test that tries many cases. */
export const timeout = 120_000 * Math.max(1, scale);

/**
 * Tries so many cases; a failing one is shrunk, and printed with its seed. `attempt` answers whether its case was
 * accepted: where next to nothing is, a test says nothing about what is accepted, and fails.
 */
export const forMany = async <T>(
  cases: fc.Arbitrary<T>,
  runs: number,
  attempt: (given: T) => Promise<boolean>,
): Promise<void> => {
  const numRuns = Math.ceil(runs * scale);
  let accepted = 0;
  const property = fc.asyncProperty(cases, async (given) => {
    if (await attempt(given)) accepted++;
  });
  await fc.assert(property, { numRuns });
  expect(accepted).toBeGreaterThan(numRuns / 50);
};
