import { createRequire } from 'node:module';
import { comparePlaces, type Place } from './place.ts';

// CommonJS with a default export: Node and Vitest disagree on what `import` makes of it; `require` is the same in both.
const { default: BTree } = createRequire(import.meta.url)('sorted-btree') as typeof import('sorted-btree'); // `require` is untyped

/** A B+ tree of places in their order. */
export type SortedTree = InstanceType<typeof BTree<Place, undefined>>;

export const newSortedTree = (): SortedTree => new BTree<Place, undefined>(undefined, comparePlaces);
