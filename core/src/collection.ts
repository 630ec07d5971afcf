import { checkCollectionSpec } from './contract/check-collection-spec.ts';
import { PayloadError } from './errors.ts';
import type { Schema } from './schema.ts';
import type { IndexSpec } from './store.ts';

/** A kind of document of the application: its name in the store, its shape, its declared queries. */
export interface Collection<S extends Schema = Schema> {
  readonly name: string;
  /** Of an object: documents are JSON objects. Checked at every put and at every read. */
  readonly schema: S;
  readonly indexes: readonly IndexSpec[];
}

/**
 * Names starting with `waybill.` are refused: they are core's own. Throws a `PayloadError`, also for what no store could
 * declare.
 */
export const defineCollection = <S extends Schema>(definition: {
  readonly name: string;
  readonly schema: S;
  readonly indexes?: readonly IndexSpec[];
}): Collection<S> => {
  const { name, schema, indexes = [] } = definition;
  checkCollectionSpec({ name, indexes });
  if (name.startsWith('waybill.'))
    throw new PayloadError(`the collection name ${JSON.stringify(name)} is not allowed`, {
      fix: 'use one that does not begin with "waybill."',
    });
  return Object.freeze({ name, schema, indexes });
};
