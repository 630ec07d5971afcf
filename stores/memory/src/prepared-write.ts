import { type Fields, type Key, PayloadError, type Transaction, type Write } from '@waybill/core';
import type { Collection } from './collection.ts';
import { copyFields, copyPatch, withoutAbsent } from './copy-json.ts';

/** A write whose fields are ours already: applying it cannot throw. */
export interface PreparedWrite {
  readonly write: Write;
  readonly collection: Collection;
  readonly fields: Fields;
}

/** Throws a PayloadError for fields that JSON cannot carry. */
export const prepareWrite = (write: Write, collection: Collection): PreparedWrite => {
  switch (write.kind) {
    case 'put':
      return { write, collection, fields: copyFields(write.fields) };
    case 'patch':
      return { write, collection, fields: copyPatch(write.fields) };
    case 'delete':
      return { write, collection, fields: none };
  }
};

export const apply = ({ write, collection, fields }: PreparedWrite, version: number): void => {
  switch (write.kind) {
    case 'put':
      return collection.put(write.key, version, fields);
    case 'patch':
      return collection.patch(write.key, version, (old) => withoutAbsent({ ...old, ...fields }));
    case 'delete':
      return collection.delete(write.key);
  }
};

/** Throws a PayloadError if two writes are of the same document, or a read is of none of them. */
export const checkWrites = ({ writes, reads = [] }: Transaction): void => {
  const [first] = writes;
  if (writes.length === 1 && first && reads.every((key) => isSame(key, first.key))) return; // nearly always
  const written = new Set(writes.map(({ key }) => nameOf(key)));
  if (written.size < writes.length) throw new PayloadError('a transaction writes a document twice');
  if (!reads.every((key) => written.has(nameOf(key))))
    throw new PayloadError('a transaction reads back a document that it does not write');
};

const none: Fields = {};

const isSame = (a: Key, b: Key): boolean =>
  a.id === b.id && a.tenant === b.tenant && a.collection === b.collection;

/** Collections have no spaces and ids no NUL, so that no two keys have the same name. */
const nameOf = ({ collection, tenant, id }: Key): string => `${collection} ${id}\0${tenant}`;
