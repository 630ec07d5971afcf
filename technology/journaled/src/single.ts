import { type Fields, isIndexValue, type IndexValue, keyName } from '@waybill/core';
import { changed } from './change.ts';
import { isGuarded } from './guards.ts';
import type { Documents, Plan, PlannedWrite } from './plan.ts';

/** Of which collections it is known which fields may be in an index, by whomever it was declared. */
export type IndexedNames = ReadonlyMap<string, ReadonlySet<string>>;

/** The collection of a transaction that may be one write, if whether it is depends on the fields in indexes. */
export const guardedAlone = ({ keys, ranges, writes }: Plan): string | undefined => {
  const collection = keys[0]?.collection;
  const isOne = keys.length === 1 && ranges.length === 0 && writes.length === 1;
  return isOne && collection !== undefined && isGuarded(collection) ? collection : undefined;
};

/**
 * Whether one write is all of it: it expects nothing of other documents, and its document has the same place in every
 * index afterwards, so that no query misses it while it moves. Of core's own collections nobody relies on a query.
 */
export const isSingle = (
  { keys, ranges }: Plan,
  writes: readonly PlannedWrite[],
  { there, indexed }: { readonly there: Documents; readonly indexed: IndexedNames },
): boolean => {
  const [only] = writes;
  if (only === undefined || writes.length > 1 || keys.length > 1 || ranges.length > 0) return false;
  const { key, change } = only;
  if (!isGuarded(key.collection)) return true;
  const before = there.get(keyName(key))?.fields;
  const after = changed(before, change);
  const names = indexed.get(key.collection);
  return names !== undefined && [...names].every((name) => placeIn(before, name) === placeIn(after, name));
};

const placeIn = (fields: Fields | undefined, name: string): IndexValue | undefined => {
  const value = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined;
  return isIndexValue(value) ? value : undefined;
};
