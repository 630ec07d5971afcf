import { beforeAll, expect, it } from 'vitest';
import type { Case } from '../case.ts';
import type { Harness, Testable } from '../harness.ts';
import type { Broken } from './broken.ts';
import { type Proof, proofs, unproven } from './prove.ts';

const atOnce = 24;

/** What became of each proof. All of them run side by side: most of their time is waiting. */
const proveAll = (all: readonly Proof[]): ReadonlyMap<Proof, Promise<void>> => {
  const lanes: Promise<unknown>[] = Array.from({ length: atOnce }, () => Promise.resolve());
  return new Map(
    all.map((proof, n) => {
      const proven = (lanes[n % atOnce] ?? Promise.resolve()).then(() => proof.prove());
      lanes[n % atOnce] = proven.catch(() => undefined); // its own test reports it
      return [proof, proven];
    }),
  );
};

/** One test for each broken adapter and each case that must catch it. */
export const describeProofs = <Tested extends Testable>(
  cases: readonly Case<Tested>[],
  brokens: readonly Broken<Tested>[],
  open: () => Promise<Harness<Tested>>,
): void => {
  const all = proofs(cases, brokens, open);
  let proven: ReturnType<typeof proveAll>;
  beforeAll(() => {
    proven = proveAll(all);
  });
  for (const proof of all)
    it(`${proof.id} catches an adapter that ${proof.fault}`, { timeout: 60_000 }, () => proven.get(proof));
  it('every case has a broken adapter that it catches', () => expect(unproven(cases, all)).toEqual([]));
};
