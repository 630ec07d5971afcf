import { beforeAll, expect, it } from 'vitest';
import type { Case } from '../case.ts';
import type { Harness, Testable } from '../harness.ts';
import type { Broken } from './broken.ts';
import { type Proof, proofs, unproven } from './prove.ts';

const atOnce = 32;

/** What became of each proof. Many run side by side: most of their time is waiting. */
const proveAll = (all: readonly Proof[]): ReadonlyMap<Proof, Promise<void>> => {
  const outcomes = new Map(all.map((proof) => [proof, Promise.withResolvers<void>()]));
  const left = [...outcomes];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [proof, { promise, resolve, reject }] = next;
      promise.catch(() => undefined); // its own test reports it
      await proof.prove().then(resolve, reject);
    }
  };
  for (let n = 0; n < atOnce; n++) void lane();
  return new Map([...outcomes].map(([proof, { promise }]) => [proof, promise]));
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
