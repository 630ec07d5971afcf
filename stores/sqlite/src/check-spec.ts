import { type CollectionSpec, PayloadError } from '@waybill/core';

const collectionName = /^[a-z][a-z0-9._-]{0,62}$/;

/** Throws a `PayloadError` for a declaration that cannot be kept. */
export const checkSpec = ({ name, indexes = [], apart = [] }: CollectionSpec): void => {
  if (!collectionName.test(name)) {
    throw new PayloadError(`${JSON.stringify(name)} is no name of a collection`, {
      fix: `use ${collectionName.source}`,
    });
  }
  for (const index of indexes) {
    if (index.fields.length === 0)
      throw new PayloadError(`the index ${index.name} of ${name} names no field`);
  }
  for (const field of [...apart, ...indexes.flatMap((index) => index.fields)]) {
    if (!field.isWellFormed()) throw new PayloadError(`a field of ${name} is named by a lone surrogate`);
  }
};
