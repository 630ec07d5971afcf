import { type Key, PayloadError, type Transaction } from '@waybill/core';
import type { Catalog } from './catalog.ts';
import { checkKey } from './check-key.ts';

/** Throws a `PayloadError` for a transaction that no store could carry out. */
export const checkTransaction = (catalog: Catalog, { expect, writes, reads = [] }: Transaction): void => {
  for (const expectation of expect) {
    if (expectation.kind === 'range') catalog.collection(expectation.query.collection);
    else checkDocument(catalog, expectation.key);
  }
  for (const { key } of writes) checkDocument(catalog, key);
  const [first] = writes;
  if (writes.length > 1) checkKeys(new Set(writes.map(({ key }) => nameOf(key))), writes.length, reads);
  else for (const key of reads) if (first === undefined || !isSame(first.key, key)) throw readsTooMuch();
};

export const isSame = (a: Key, b: Key): boolean =>
  a.id === b.id && a.tenant === b.tenant && a.collection === b.collection;

/** Equal exactly for equal keys: no part of a key holds NUL. */
export const nameOf = ({ collection, tenant, id }: Key): string => `${collection}\0${tenant}\0${id}`;

const checkKeys = (written: ReadonlySet<string>, writes: number, reads: readonly Key[]): void => {
  if (written.size < writes) {
    throw new PayloadError('a transaction writes the same document twice', { fix: 'merge the two writes' });
  }
  for (const key of reads) if (!written.has(nameOf(key))) throw readsTooMuch();
};

const readsTooMuch = (): PayloadError =>
  new PayloadError('a transaction reads a document that it does not write', { fix: 'use get()' });

const checkDocument = (catalog: Catalog, key: Key): void => {
  catalog.collection(key.collection);
  checkKey(key);
};
