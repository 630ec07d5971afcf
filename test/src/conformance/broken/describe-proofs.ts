import { expect, it } from 'vitest';
import type { Case } from '../case.ts';
import type { Harness, Testable } from '../harness.ts';
import type { Broken } from './broken.ts';
import { proofs, unproven } from './prove.ts';

/** One test for each broken adapter and each case that must catch it, all at once: most of their time is waiting. */
export const describeProofs = <Tested extends Testable>(
  cases: readonly Case<Tested>[],
  brokens: readonly Broken<Tested>[],
  open: () => Promise<Harness<Tested>>,
): void => {
  const all = proofs(cases, brokens, open);
  for (const { fault, id, prove } of all)
    it.concurrent(`${id} catches an adapter that ${fault}`, { timeout: 60_000 }, prove);
  it('every case has a broken adapter that it catches', () => expect(unproven(cases, all)).toEqual([]));
};
