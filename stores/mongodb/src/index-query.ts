import {
  checkQuery,
  type IndexPlace,
  type IndexSpec,
  type IndexValue,
  type Query,
  readCursor,
} from '@waybill/core';

/** A query of the contract, checked, with its index and its cursor resolved. */
export interface IndexQuery {
  readonly collection: string;
  /** Absent exactly if the index spans tenants. */
  readonly tenant?: string;
  readonly index: IndexSpec;
  readonly equals: readonly IndexValue[];
  readonly range?: { readonly min?: IndexValue; readonly max?: IndexValue };
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  readonly after?: IndexPlace;
  readonly total: boolean;
}

/** Throws a `PayloadError` for a query that this index does not serve. Shares nothing with the query. */
export const indexQuery = (query: Query, index: IndexSpec): IndexQuery => {
  checkQuery(query, index);
  const { collection, tenant, equals, range, order = 'asc', limit, total = false } = query;
  const after = readCursor(query.after);
  return {
    collection,
    index,
    equals: [...equals],
    order,
    limit,
    total,
    ...(tenant !== undefined && { tenant }),
    ...(range && { range: { ...range } }),
    ...(after && { after }),
  };
};
