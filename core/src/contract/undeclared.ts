import { PayloadError } from '../errors.ts';
import type { Query } from '../store.ts';

/** For a collection that `prepare` was not told of. */
export const undeclaredCollection = (name: string): PayloadError =>
  new PayloadError(`the collection ${JSON.stringify(name)} was not declared`, {
    fix: 'name it in prepare()',
  });

/** For a query by an index that `prepare` was not told of. */
export const undeclaredIndex = ({ collection, index }: Query): PayloadError =>
  new PayloadError(`the collection ${collection} has no index ${JSON.stringify(index)}`, {
    fix: 'declare it in prepare()',
  });
