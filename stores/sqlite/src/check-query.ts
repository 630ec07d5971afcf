import { type IndexSpec, PayloadError, type Query } from '@waybill/core';
import type { Declared } from './catalog.ts';
import { checkPart } from './check-key.ts';
import { isIndexValue } from './cursor.ts';

/** The index that serves the query. Throws a `PayloadError` if none does. */
export const checkQuery = ({ indexes }: Declared, query: Query): IndexSpec => {
  const index = indexes.get(query.index);
  if (index === undefined) {
    throw new PayloadError(`the collection ${query.collection} has no index ${JSON.stringify(query.index)}`, {
      fix: 'declare it in prepare()',
    });
  }
  checkTenant(index, query.tenant);
  const { equals, range = {}, limit, order = 'asc' } = query;
  if (equals.length !== index.fields.length - 1) {
    throw new PayloadError(`the index ${index.name} wants ${index.fields.length - 1} values by equality`);
  }
  const values = [...equals, range.min ?? 0, range.max ?? 0];
  if (!values.every(isIndexValue)) {
    throw new PayloadError('an index is asked for strings without lone surrogates and finite numbers only');
  }
  if (!Number.isInteger(limit) || limit < 0 || limit > 1000)
    throw new PayloadError('limit must be 0 to 1000');
  if (order !== 'asc' && order !== 'desc') throw new PayloadError('order must be asc or desc');
  return index;
};

const checkTenant = ({ name, acrossTenants = false }: IndexSpec, tenant: string | undefined): void => {
  if (acrossTenants !== (tenant === undefined)) {
    throw new PayloadError(
      acrossTenants ? `the index ${name} is over all tenants` : `the index ${name} wants a tenant`,
      { fix: acrossTenants ? 'name no tenant' : 'name a tenant, or declare the index acrossTenants' },
    );
  }
  if (tenant !== undefined) checkPart('tenant', tenant, 128);
};
