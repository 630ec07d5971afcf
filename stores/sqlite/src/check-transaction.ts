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
  if (writes.length > 1 && new Set(writes.map(({ key }) => nameOf(key))).size < writes.length) {
    throw new PayloadError('a transaction writes the same document twice', { fix: 'merge the two writes' });
  }
  for (const key of reads) {
    if (!writes.some((write) => isSame(write.key, key))) {
      throw new PayloadError('a transaction reads a document that it does not write', { fix: 'use get()' });
    }
  }
};

export const isSame = (a: Key, b: Key): boolean =>
  a.id === b.id && a.tenant === b.tenant && a.collection === b.collection;

const checkDocument = (catalog: Catalog, key: Key): void => {
  catalog.collection(key.collection);
  checkKey(key);
};

/** No part of a key holds NUL. */
const nameOf = ({ collection, tenant, id }: Key): string => `${collection}\0${tenant}\0${id}`;
