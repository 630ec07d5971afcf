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

const collectionName = /^[a-z][a-z0-9._-]{0,62}$/;

/** Names starting with `waybill.` are refused: they are core's own. Throws a `PayloadError`. */
export const defineCollection = <S extends Schema>(definition: {
  readonly name: string;
  readonly schema: S;
  readonly indexes?: readonly IndexSpec[];
}): Collection<S> => {
  const { name, schema, indexes = [] } = definition;
  if (!collectionName.test(name) || name.startsWith('waybill.')) {
    throw new PayloadError(`collection name ${JSON.stringify(name)} is not allowed`, {
      fix: 'use 1 to 63 of a-z 0-9 . _ - beginning with a letter, and not "waybill."',
    });
  }
  return Object.freeze({ name, schema, indexes });
};
