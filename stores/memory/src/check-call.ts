import {
  type CollectionSpec,
  type IndexSpec,
  type IndexValue,
  type Key,
  PayloadError,
  type Query,
} from '@waybill/core';

const collectionName = /^[a-z][a-z0-9._-]{0,62}$/;

export const checkSpec = ({ name, indexes = [] }: CollectionSpec): void => {
  if (!collectionName.test(name))
    throw new PayloadError(`collection name ${JSON.stringify(name)} is not allowed`);
  for (const { name: index, fields } of indexes)
    if (fields.length === 0) throw new PayloadError(`index ${index} of ${name} has no fields`);
};

export const checkKey = ({ tenant, id }: Key): void => {
  if (tenant.length < 1 || tenant.length > 128) throw new PayloadError('a tenant has 1 to 128 characters');
  if (id.length < 1 || id.length > 512) throw new PayloadError('an id has 1 to 512 characters');
  if (id.includes('\0')) throw new PayloadError('an id contains NUL');
};

/** That this index can serve the query. */
export const checkQuery = (query: Query, index: IndexSpec): void => {
  const { tenant, equals, range, limit } = query;
  const wrong = (what: string): PayloadError =>
    new PayloadError(`query of ${query.collection} by ${index.name}: ${what}`);
  if (index.acrossTenants && tenant !== undefined) throw wrong('the index spans tenants and takes none');
  if (!index.acrossTenants && tenant === undefined) throw wrong('a tenant is required');
  if (equals.length !== index.fields.length - 1)
    throw wrong(`${index.fields.length - 1} equality values are required, ${equals.length} given`);
  if (!equals.every(isIndexValue)) throw wrong('an equality value is neither text nor a finite number');
  for (const end of [range?.min, range?.max])
    if (end !== undefined && !isIndexValue(end))
      throw wrong('an end of the range is neither text nor a finite number');
  if (!Number.isInteger(limit) || limit < 0 || limit > 1000) throw wrong('the limit is 0 to 1000');
};

const isIndexValue = (value: unknown): value is IndexValue =>
  typeof value === 'string' || Number.isFinite(value);
