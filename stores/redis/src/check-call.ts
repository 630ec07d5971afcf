import {
  type CollectionSpec,
  type IndexSpec,
  type IndexValue,
  type Key,
  PayloadError,
  type Query,
  type Transaction,
} from '@waybill/core';

const collectionName = /^[a-z][a-z0-9._-]{0,62}$/;

/** Throws a `PayloadError` for a declaration that cannot be kept. */
export const checkSpec = ({ name, indexes = [] }: CollectionSpec): void => {
  if (!collectionName.test(name)) {
    throw new PayloadError(`collection name ${JSON.stringify(name)} is not allowed`);
  }
  for (const { name: index, fields } of indexes)
    if (fields.length === 0) throw new PayloadError(`index ${index} of ${name} has no fields`);
};

/** What stands for a document within its collection: tenant NUL id. Throws a `PayloadError` for a wrong key. */
export const memberOf = ({ tenant, id }: Key): string => {
  checkPart('tenant', tenant, 128);
  checkPart('id', id, 512);
  return `${tenant}\0${id}`;
};

const checkPart = (name: string, value: string, longest: number): void => {
  if (typeof value !== 'string' || value.length === 0 || value.length > longest) {
    throw new PayloadError(`the ${name} of a key must have 1 to ${longest} characters`);
  }
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new PayloadError(`the ${name} of a key must be text without NUL and lone surrogates`);
  }
};

/** That this index can serve the query. */
export const checkQuery = (query: Query, index: IndexSpec): void => {
  const { tenant, equals, range, limit, order = 'asc' } = query;
  const wrong = (what: string): PayloadError =>
    new PayloadError(`query of ${query.collection} by ${index.name}: ${what}`);
  if (index.acrossTenants && tenant !== undefined) throw wrong('the index spans tenants and takes none');
  if (!index.acrossTenants && tenant === undefined) throw wrong('a tenant is required');
  if (tenant !== undefined) checkPart('tenant', tenant, 128);
  if (equals.length !== index.fields.length - 1)
    throw wrong(`${index.fields.length - 1} equality values are required, ${equals.length} given`);
  if (!equals.every(isIndexValue)) throw wrong('an equality value is neither text nor a finite number');
  for (const end of [range?.min, range?.max])
    if (end !== undefined && !isIndexValue(end))
      throw wrong('an end of the range is neither text nor a finite number');
  if (!Number.isInteger(limit) || limit < 0 || limit > 1000) throw wrong('the limit is 0 to 1000');
  if (order !== 'asc' && order !== 'desc') throw wrong('the order is asc or desc');
};

export const isIndexValue = (value: unknown): value is IndexValue =>
  typeof value === 'string' ? value.isWellFormed() : Number.isFinite(value);

/** Throws a `PayloadError` if two writes are of one document, or a read is of none of them. */
export const checkWrites = ({ writes, reads = [] }: Transaction): void => {
  if (writes.length < 2 && reads.length === 0) return;
  const nameOf = ({ collection, tenant, id }: Key): string => `${collection}\0${tenant}\0${id}`;
  const written = new Set(writes.map(({ key }) => nameOf(key)));
  if (written.size < writes.length) throw new PayloadError('a transaction writes a document twice');
  for (const key of reads)
    if (!written.has(nameOf(key)))
      throw new PayloadError('a transaction reads back a document that it does not write');
};
