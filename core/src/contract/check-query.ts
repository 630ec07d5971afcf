import { PayloadError } from '../errors.ts';
import type { IndexSpec, Query } from '../store.ts';
import { checkText, longestTenant } from './check-text.ts';
import { isIndexValue } from './index-value.ts';

/** Throws a `PayloadError` unless this index, which the query names, can serve it. `after` is read by `readCursor`. */
export const checkQuery = (query: Query, index: IndexSpec): void => {
  const { equals, range = {}, limit, order = 'asc' } = query;
  checkTenant(query, index);
  const wanted = index.fields.length - 1;
  if (equals.length !== wanted)
    throw refused(query, `${equals.length} values for equality`, `give ${wanted}`);
  if (!equals.every(isIndexValue)) throw refused(query, 'a value for equality that no index holds', values);
  for (const end of [range.min, range.max])
    if (end !== undefined && !isIndexValue(end))
      throw refused(query, 'an end of the range that no index holds', values);
  if (!Number.isInteger(limit) || limit < 0 || limit > 1_000)
    throw refused(query, 'a limit that is not allowed', 'use 0 to 1000');
  if (order !== 'asc' && order !== 'desc')
    throw refused(query, 'an order that is not one', 'use asc or desc');
};

const checkTenant = (query: Query, { acrossTenants = false }: IndexSpec): void => {
  const { tenant } = query;
  if (acrossTenants && tenant !== undefined)
    throw refused(query, 'a tenant, and the index spans tenants', 'name none');
  if (!acrossTenants && tenant === undefined)
    throw refused(query, 'no tenant', 'name one, or declare the index acrossTenants');
  if (tenant !== undefined) checkText(tenant, 'tenant of a query', longestTenant);
};

const values = 'use text of valid Unicode, or finite numbers';

const refused = ({ collection, index }: Query, problem: string, fix: string): PayloadError =>
  new PayloadError(`the query of ${collection} by ${index} has ${problem}`, { fix });
