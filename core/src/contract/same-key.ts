import type { Key } from '../store.ts';

/** Whether both name the same document. */
export const sameKey = (a: Key, b: Key): boolean =>
  a.id === b.id && a.tenant === b.tenant && a.collection === b.collection;
