import { checkTransaction, type CommitOutcome, sameKey, type Transaction, type Write } from '@waybill/core';
import { rowsAtOnce } from '@waybill/sqlite';
import type { Catalog } from './catalog.ts';
import { encodeDocument } from './encode-document.ts';
import { transact } from './transact.ts';
import type { Versions } from './versions.ts';

/** Carries out one transaction after the other inside a write of the file; see `transact`. */
export const transactAll = (
  catalog: Catalog,
  versions: Versions,
  transactions: readonly Transaction[],
): CommitOutcome[] => {
  const outcomes: CommitOutcome[] = [];
  while (outcomes.length < transactions.length) {
    const creations = creationsFrom(transactions, outcomes.length);
    const together = creations.length < rowsAtOnce ? undefined : createAll(catalog, versions, creations);
    if (together !== undefined) outcomes.push(...together);
    else {
      const next = transactions.slice(outcomes.length, outcomes.length + Math.max(1, creations.length));
      for (const transaction of next) outcomes.push(transact(catalog, versions, transaction));
    }
  }
  return outcomes;
};

/** What a transaction puts that does nothing else, and expects it to be absent. */
const creationOf = ({ expect, writes, reads }: Transaction): Creation | undefined => {
  const [write] = writes;
  const [expectation] = expect;
  if (write?.kind !== 'put' || writes.length > 1 || expect.length > 1 || reads !== undefined)
    return undefined;
  const isNew = expectation?.kind === 'absent' && sameKey(expectation.key, write.key);
  return isNew ? write : undefined;
};

type Creation = Extract<Write, { kind: 'put' }>;

/** Those that follow each other, into one collection. */
const creationsFrom = (transactions: readonly Transaction[], from: number): readonly Creation[] => {
  const creations: Creation[] = [];
  for (let i = from; i < transactions.length; i++) {
    const transaction = transactions[i];
    const creation = transaction && creationOf(transaction);
    if (transaction === undefined || creation === undefined) break;
    if (creation.key.collection !== (creations[0] ?? creation).key.collection) break;
    checkTransaction(transaction);
    creations.push(creation);
  }
  return creations;
};

/**
 * The short way for many who make a document each, as when tasks are submitted at once. `undefined`: one of them was there,
 * or is made twice, and nothing has been written.
 */
const createAll = (
  catalog: Catalog,
  versions: Versions,
  creations: readonly Creation[],
): CommitOutcome[] | undefined => {
  const { table } = catalog.collection(creations[0]?.key.collection ?? '');
  const documents = creations.map(({ key, fields }) => encodeDocument(table, key, versions.next(), fields));
  if (catalog.savepoint.keepIf(() => table.insertAll(documents, true)))
    return documents.map(({ version }) => ({ result: 'committed', version }));
  table.recent.clear(); // the rows of those that were inserted are gone
  return undefined;
};
