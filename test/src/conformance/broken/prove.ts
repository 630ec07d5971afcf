import assert, { AssertionError } from 'node:assert/strict';
import { isWaybillError } from '@waybill/core';
import type { Case } from '../case.ts';
import type { Harness, Testable } from '../harness.ts';
import { inWorld } from '../world.ts';
import type { Broken } from './broken.ts';

/** One broken adapter and one case that must catch it. */
export interface Proof {
  readonly fault: string;
  readonly id: string;
  /** Rejects unless the case passes on the reference and notices the fault. */
  prove(): Promise<void>;
}

const brokenBy = <Tested extends Testable>(
  harness: Harness<Tested>,
  broken: Broken<Tested>,
): Harness<Tested> => {
  const breakOne = broken.breaker();
  return {
    ...harness,
    deadlineMs: 3_000,
    fresh: async () => breakOne(await harness.fresh()),
    another: async () => breakOne(await harness.another()),
  };
};

/** `open` gives a correct adapter, a new one each time, so that proofs may run at once. */
export const proofs = <Tested extends Testable>(
  cases: readonly Case<Tested>[],
  brokens: readonly Broken<Tested>[],
  open: () => Promise<Harness<Tested>>,
): Proof[] =>
  brokens.flatMap((broken) =>
    broken.caughtBy.map((id) => ({
      fault: broken.fault,
      id,
      prove: async () => {
        const tried = cases.find((each) => each.id === id);
        assert.ok(tried, `there is no case ${id}`);
        await inWorld({ ...(await open()), deadlineMs: 45_000 }, (world) => tried.check(world));
        const failure = await inWorld(brokenBy(await open(), broken), (world) => tried.check(world)).then(
          () => undefined,
          (error: unknown) => error,
        );
        assert.ok(failure !== undefined, `${id} does not notice that the adapter ${broken.fault}`);
        // Anything else is a fault of the broken adapter itself, and proves nothing.
        if (!(failure instanceof AssertionError || isWaybillError(failure))) throw failure;
      },
    })),
  );

/** The cases that no broken adapter fails. */
export const unproven = (
  cases: readonly { readonly id: string }[],
  all: readonly { readonly id: string }[],
): string[] => cases.map(({ id }) => id).filter((id) => !all.some((proof) => proof.id === id));
