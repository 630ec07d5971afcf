import { compareIndexValues, type IndexPlace } from '@waybill/core';
import type { ClientSession, Collection, Sort } from 'mongodb';
import type { MongoDocument } from './document.ts';
import { escapeName } from './field-name.ts';
import { type Filter, filtersOf } from './find-filter.ts';
import { pathsOf } from './index-definition.ts';
import type { IndexQuery } from './index-query.ts';

export interface Found {
  /** In the order of the index, up to the limit. */
  readonly documents: readonly MongoDocument[];
  readonly total?: number;
}

/** Asks for what an index query asks for. Without a session each part of the answer is of its own instant. */
export const findDocuments = async (
  collection: Collection<MongoDocument>,
  query: IndexQuery,
  session?: ClientSession,
): Promise<Found> => {
  const options = session === undefined ? {} : { session };
  const { limit } = query;
  const direction = query.order === 'asc' ? 1 : -1;
  const sort: Sort = new Map(pathsOf(query.index).map((path) => [path, direction]));
  const filters = limit === 0 ? [] : filtersOf(query, query.after);
  const parts: MongoDocument[][] = [];
  // A session's first read fixes the instant of all others, so that they cannot go at once.
  for (const filter of filters)
    parts.push(await collection.find(filter, { ...options, sort, limit, batchSize: limit + 1 }).toArray());
  const documents = merge(parts, query).slice(0, limit);
  if (!query.total) return { documents };
  return { documents, total: await count(collection, query, options) };
};

const count = async (
  collection: Collection<MongoDocument>,
  query: IndexQuery,
  options: { readonly session?: ClientSession },
): Promise<number> => {
  const filters = filtersOf(query, undefined);
  if (filters.length === 0) return 0;
  const filter: Filter = filters.length === 1 ? { ...filters[0] } : { $or: filters };
  return collection.countDocuments(filter, options);
};

/** Parts that are each in order. */
const merge = (parts: readonly (readonly MongoDocument[])[], query: IndexQuery): readonly MongoDocument[] => {
  const [first = [], second = []] = parts;
  if (second.length === 0 || first.length === 0) return [...first, ...second];
  const sign = query.order === 'asc' ? 1 : -1;
  const valueOf = (document: MongoDocument) => placeOf(query, document).value;
  return [...first, ...second].sort((a, b) => sign * compareIndexValues(valueOf(a), valueOf(b))); // stable
};

/** Where a found document stands in the index. */
export const placeOf = ({ index }: IndexQuery, document: MongoDocument): IndexPlace => {
  const { tenant, id } = document._id;
  const value = document[escapeName(index.fields.at(-1) ?? '')];
  if (typeof value === 'number') return { value, tenant, id };
  return { value: value instanceof Date ? value.toISOString() : String(value), tenant, id };
};
