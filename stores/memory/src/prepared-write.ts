import { type Fields, type Json, PayloadError, type Transaction, type Write } from '@waybill/core';
import type { Collection } from './collection.ts';
import { copyFields, setField } from './copy-json.ts';
import type { Document } from './document.ts';

/** A write whose fields are ours already: applying it cannot throw. */
export interface PreparedWrite {
  readonly write: Write;
  readonly collection: Collection;
  readonly fields: Fields;
  /** Names that a patch removes. */
  readonly removed: readonly string[];
}

/** Throws a PayloadError for fields that JSON cannot carry. */
export const prepareWrite = (write: Write, collection: Collection): PreparedWrite => {
  if (write.kind === 'delete') return { write, collection, fields: none, removed: nothing };
  const removed = write.kind === 'patch' ? namesOfAbsent(write.fields) : nothing;
  return { write, collection, fields: copyFields(write.fields), removed };
};

export const apply = ({ write, collection, fields, removed }: PreparedWrite, version: number): void => {
  if (write.kind === 'delete') return collection.delete(write.key);
  if (write.kind === 'put') return collection.put(write.key, version, fields);
  const document = collection.get(write.key);
  if (document !== undefined) collection.replace(document, version, patched(document, fields, removed));
};

/** Throws a PayloadError if two writes are of the same document, or a read is of none of them. */
export const checkWrites = ({ writes, reads = [] }: Transaction): void => {
  if (writes.length < 2 && reads.length === 0) return;
  const written = new Set<string>();
  for (const { key } of writes) written.add(JSON.stringify([key.collection, key.tenant, key.id]));
  if (written.size < writes.length) throw new PayloadError('a transaction writes a document twice');
  for (const key of reads)
    if (!written.has(JSON.stringify([key.collection, key.tenant, key.id])))
      throw new PayloadError('a transaction reads back a document that it does not write');
};

const none: Fields = {};
const nothing: readonly string[] = [];

const namesOfAbsent = (fields: Fields): readonly string[] => {
  let names: string[] | undefined;
  for (const name of Object.keys(fields)) if (fields[name] === undefined) (names ??= []).push(name);
  return names ?? nothing;
};

const patched = ({ fields: old }: Document, set: Fields, removed: readonly string[]): Fields => {
  // Not `delete`: it would leave the copy in V8's slow dictionary mode for good.
  const next = (removed.length === 0 ? { ...old } : without(old, removed)) as Record<string, Json>; // a fresh copy, without `undefined`
  for (const name of Object.keys(set)) setField(next, name, set[name] as Json); // its own key, `undefined` left out
  return next;
};

const without = (fields: Fields, removed: readonly string[]): Fields => {
  const rest: Record<string, Json> = {};
  for (const name of Object.keys(fields))
    if (!removed.includes(name)) setField(rest, name, fields[name] as Json); // its own key, `undefined` left out
  return rest;
};
