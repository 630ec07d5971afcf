import type { Delivery, Next } from './delivery.ts';
import { AlreadySettledError } from './errors.ts';

export type Settlement = { readonly end: 'commit' } | { readonly end: 'rollback'; readonly next: Next };

const committed: Settlement = { end: 'commit' };

/**
 * Makes a Delivery of a naive adapter's item: written once here are "the first settlement wins" and the error
 * for the other one. `settle` is called at most once.
 */
export const lend = <T>(item: T, settle: (settlement: Settlement) => Promise<void>): Delivery<T> => {
  let first: { readonly end: Settlement['end']; readonly done: Promise<void> } | undefined;
  const end = (settlement: Settlement): Promise<void> => {
    if (first === undefined) first = { end: settlement.end, done: settle(settlement) };
    else if (first.end !== settlement.end) {
      const message = `a delivery cannot ${settlement.end} after its ${first.end}`;
      return Promise.reject(new AlreadySettledError(message));
    }
    return first.done;
  };
  return { item, commit: () => end(committed), rollback: (next) => end({ end: 'rollback', next }) };
};
