import type { CommitOutcome, Key, Transaction, Write } from '@waybill/core';
import type { Catalog } from './catalog.ts';
import { encodeDocument } from './encode-document.ts';
import type { Versions } from './versions.ts';

type Put = Extract<Write, { kind: 'put' }>;

/** From here on a savepoint costs less than looking for each document first. */
const many = 5;

/**
 * The short way for many new documents, as when tasks are submitted in bulk: each insert tells by itself whether its
 * document was absent, and the first that was not takes all of them back. `undefined`: it is no such transaction.
 */
export const insertAll = (
  catalog: Catalog,
  versions: Versions,
  { expect, writes, reads }: Transaction,
): CommitOutcome | undefined => {
  if (writes.length < many || expect.length !== writes.length || reads !== undefined) return undefined;
  const puts: Put[] = [];
  for (const [i, write] of writes.entries()) {
    const expectation = expect[i];
    if (write.kind !== 'put' || expectation?.kind !== 'absent' || expectation.key !== write.key)
      return undefined;
    puts.push(write);
  }
  const version = versions.next(); // outside the savepoint, as nobody else may get it
  const { savepoint } = catalog;
  if (savepoint.keepIf(() => insertTogether(catalog, puts, version))) return { result: 'committed', version };
  let taken: Key | undefined;
  savepoint.keepIf(() => {
    taken = insertEach(catalog, puts, version);
    return taken === undefined;
  });
  return taken === undefined ? { result: 'committed', version } : { result: 'conflict', key: taken };
};

/** Answers whether there was none of them yet. */
const insertTogether = (catalog: Catalog, puts: readonly Put[], version: number): boolean => {
  const byTable = Map.groupBy(puts, ({ key }) => catalog.collection(key.collection).table);
  for (const [table, alike] of byTable) {
    const documents = alike.map(({ key, fields }) => encodeDocument(table, key, version, fields));
    if (!table.insertAll(documents)) return false;
  }
  return true;
};

/** Answers the first that was there already. */
const insertEach = (catalog: Catalog, puts: readonly Put[], version: number): Key | undefined => {
  for (const { key, fields } of puts) {
    const { table } = catalog.collection(key.collection);
    if (!table.insert(encodeDocument(table, key, version, fields))) return key;
  }
  return undefined;
};
