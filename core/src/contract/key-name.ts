import type { Key } from '../store.ts';

/** One text for each document: equal exactly for equal keys, since no part of a key holds NUL. */
export const keyName = ({ collection, tenant, id }: Key): string => `${collection}\u0000${tenant}\u0000${id}`;
