import { PayloadError } from '../errors.ts';
import type { CollectionSpec } from '../store.ts';

const collectionName = /^[a-z][a-z0-9._-]{0,62}$/;

/** Throws a `PayloadError` for a declaration that cannot be kept. */
export const checkCollectionSpec = ({ name, indexes = [], apart = [] }: CollectionSpec): void => {
  if (typeof name !== 'string' || !collectionName.test(name))
    throw new PayloadError(`the collection name ${JSON.stringify(name)} is not allowed`, {
      fix: 'use 1 to 63 of a-z 0-9 . _ - beginning with a letter',
    });
  for (const { name: index, fields } of indexes)
    if (fields.length === 0) throw new PayloadError(`the index ${index} of ${name} has no fields`);
  for (const field of [...apart, ...indexes.flatMap(({ fields }) => fields)])
    if (!field.isWellFormed())
      throw new PayloadError(`a field of ${name} is named by a lone surrogate, which is no text`);
};
