import type { Key } from '@waybill/core';
import { counterKey } from './numbers.ts';
import type { RawWrite } from './raw-write.ts';

/**
 * A query looks at many documents one after the other, while transactions move them about: it could miss one that
 * moves from a place not yet looked at to one already looked at, in spite of any number of looks. So each collection
 * has a guard, a counter that every transaction raises after all of its intents are placed and before any of them is
 * applied. If the guard is the same before and after a query, and the query began with a look for intents and found
 * none that has committed, then nothing was moved while it looked.
 */
export const guardKey = (collection: string): Key => counterKey(`guard ${collection}`);

/**
 * Core's own collections do without: tasks are claimed in single writes, and core believes no page of theirs, but
 * compares and sets each document of it.
 */
export const isGuarded = (collection: string): boolean => !collection.startsWith('waybill.');

/** Raises the guards of the collections of these documents. */
export const guardsOf = (keys: readonly Key[]): readonly RawWrite[] =>
  [...new Set(keys.map(({ collection }) => collection))]
    .filter(isGuarded)
    .map((collection) => ({ kind: 'bump', key: guardKey(collection) }));
