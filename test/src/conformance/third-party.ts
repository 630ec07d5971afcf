import { harnesses as memory } from '../harness/memory.ts';
import type { Harnesses } from '../harness/harnesses.ts';
import type { Harness, Testable } from './harness.ts';
import { altered } from './broken/altered.ts';

const named = <Tested extends Testable>(
  harness: Harness<Tested>,
  change: (client: Tested) => Tested,
): Harness<Tested> => ({
  ...harness,
  technology: 'forgetful',
  server: () => 'nothing 1.0',
  fresh: async () => change(await harness.fresh()),
});

/** What somebody else's module looks like: one adapter, which never deletes. */
export const harnesses: Harnesses = {
  technology: 'forgetful',
  store: async () => {
    const harness = await memory.store?.();
    if (harness === undefined) throw new Error('memory has no store');
    return named(harness, (store) =>
      altered(store, {
        commit: (batch) =>
          store.commit(
            batch.map((sent) => ({ ...sent, writes: sent.writes.filter(({ kind }) => kind !== 'delete') })),
          ),
      }),
    );
  },
};
