import { type Key, keyName } from '@waybill/core';
import { hold } from './hold.ts';
import { beginEntry } from './journal.ts';
import type { Documents, Plan, PlannedWrite } from './plan.ts';
import type { RawDocument } from './raw-document.ts';
import type { RawWrite } from './raw-write.ts';
import { type IndexedNames, isSingle } from './single.ts';

/** One try of one transaction. */
export interface Attempt {
  readonly plan: Plan;
  /** A new one for every try: what is left of an earlier one can then be told from this. */
  readonly transaction: number;
  readonly startedAt: number;
  /** What it saw when it began; nobody held any of it. */
  readonly there: Documents;
  readonly writes: readonly PlannedWrite[];
  /** What it expects of documents that it does not write. */
  readonly reads: readonly Key[];
  /** One write is all of it. */
  readonly isSingle: boolean;
}

export const newAttempt = (
  plan: Plan,
  there: Documents,
  {
    transaction,
    startedAt,
    indexed,
  }: Pick<Attempt, 'transaction' | 'startedAt'> & { readonly indexed: IndexedNames },
): Attempt => {
  const writes = plan.effective(there);
  const written = new Set(writes.map(({ key }) => keyName(key)));
  const reads = plan.keys.filter((key) => !written.has(keyName(key)));
  return {
    plan,
    transaction,
    startedAt,
    there,
    writes,
    reads,
    isSingle: isSingle(plan, writes, { there, indexed }),
  };
};

export const thereIn = ({ there }: Attempt, key: Key): RawDocument | undefined => there.get(keyName(key));

/** Its entry, and its intents on every document it writes. */
export const holdAll = (attempt: Attempt, begunAt: number): readonly RawWrite[] => {
  const { transaction, startedAt, writes } = attempt;
  if (writes.length === 0) return [];
  return [
    beginEntry(
      transaction,
      begunAt,
      writes.map(({ key }) => key),
    ),
    ...writes.map(({ key, change }) => hold(key, thereIn(attempt, key), { transaction, startedAt, change })),
  ];
};
