import type { CommitOutcome, DocumentStore, Transaction } from '@waybill/core';
import { aimOf } from './aim.ts';
import type { Mutant } from './mutant.ts';
import { tamper } from './tamper.ts';

const isOfUser = (collection: string): boolean => !collection.startsWith('waybill.');

const withoutReads = ({ expect, ...rest }: Transaction): Transaction => ({
  ...rest,
  expect: expect.filter(
    (expectation) => expectation.kind === 'range' || !isOfUser(expectation.key.collection),
  ),
});

const withoutRanges = ({ expect, ...rest }: Transaction): Transaction => ({
  ...rest,
  expect: expect.filter(({ kind }) => kind !== 'range'),
});

/** Documents first, the end of the task after them. */
const inTwo = async (
  batch: readonly Transaction[],
  store: DocumentStore,
): Promise<readonly CommitOutcome[]> => {
  const outcomes: CommitOutcome[] = [];
  for (const given of batch) {
    const documents = given.writes.filter(({ key }) => isOfUser(key.collection));
    const isSplit = aimOf(given) === 'complete' && documents.length > 0;
    if (isSplit) await store.commit([{ expect: given.expect, writes: documents }]);
    const rest = isSplit ? withoutReads(withoutRanges(given)) : given;
    const writes = isSplit ? given.writes.filter((write) => !documents.includes(write)) : given.writes;
    outcomes.push(...(await store.commit([{ ...rest, writes }])));
  }
  return outcomes;
};

/** What makes tasks atomic and serializable. */
export const isolation: readonly Mutant[] = [
  {
    name: 'no-read-validation',
    bug: 'what a task has read may have changed when it commits',
    ports: tamper({ transaction: (given, aim) => (aim === 'complete' ? withoutReads(given) : given) }),
  },
  {
    name: 'only-writes-validated',
    bug: 'what a task has read and not written may have changed when it commits: write skew',
    ports: tamper({
      transaction: (given, aim) => {
        if (aim !== 'complete') return given;
        const written = new Set(given.writes.map(({ key }) => `${key.collection}/${key.id}`));
        const expect = given.expect.filter(
          (expectation) =>
            expectation.kind === 'range' ||
            !isOfUser(expectation.key.collection) ||
            written.has(`${expectation.key.collection}/${expectation.key.id}`),
        );
        return { ...given, expect };
      },
    }),
  },
  {
    name: 'no-range-validation',
    bug: 'what a task has found by a query may have changed when it commits: phantoms',
    ports: tamper({ transaction: (given, aim) => (aim === 'complete' ? withoutRanges(given) : given) }),
  },
  {
    name: 'decision-in-two-transactions',
    bug: 'the documents of a task are committed apart from its completion',
    ports: tamper({ commit: inTwo }),
  },
  {
    name: 'submission-overwrites',
    bug: 'a task submitted again under its key begins anew',
    ports: tamper({
      transaction: (given, aim) =>
        aim === 'submit' ? { ...given, expect: given.expect.filter(({ kind }) => kind !== 'absent') } : given,
    }),
  },
];
