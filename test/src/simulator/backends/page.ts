import {
  compareIndexValues,
  compareText,
  type Fields,
  type IndexSpec,
  type IndexValue,
  type Page,
  type Query,
  type Stored,
} from '@waybill/core';

/** One page of what an index gives, by looking at every document: there are few. */
export const pageOf = (query: Query, index: IndexSpec, documents: Iterable<Stored>): Page => {
  const matches = matchesOf(query, index, documents);
  const begin = query.after === undefined ? 0 : placeAfter(matches, query);
  const shown = matches.slice(begin, begin + query.limit);
  const last = shown.at(-1);
  return {
    documents: shown.map(({ stored }) => stored),
    ...(begin + shown.length < matches.length && last !== undefined ? { next: cursorOf(last) } : {}),
    ...(query.total === true ? { total: matches.length } : {}),
  };
};

const matchesOf = (query: Query, index: IndexSpec, documents: Iterable<Stored>): Match[] => {
  const matches: Match[] = [];
  for (const stored of documents) {
    const value = valueIn(index, stored, query);
    if (value !== undefined) matches.push({ value, stored });
  }
  if (matches.length > 1) matches.sort(compareMatches);
  return query.order === 'desc' ? matches.reverse() : matches;
};

interface Match {
  readonly value: IndexValue;
  readonly stored: Stored;
}

const isIndexValue = (value: unknown): value is IndexValue =>
  typeof value === 'string' || typeof value === 'number';

/** What the document has in the last field of the index, if the query asks for it. */
const valueIn = (
  { fields: names }: IndexSpec,
  { key, fields }: Stored,
  query: Query,
): IndexValue | undefined => {
  if (query.tenant !== undefined && key.tenant !== query.tenant) return undefined;
  for (let i = 0; i < query.equals.length; i++)
    if (fields[names[i] ?? ''] !== query.equals[i]) return undefined;
  const value = valueOf(fields, names);
  if (value === undefined) return undefined;
  const { min, max } = query.range ?? {};
  if (min !== undefined && compareIndexValues(value, min) < 0) return undefined;
  return max !== undefined && compareIndexValues(value, max) > 0 ? undefined : value;
};

const valueOf = (fields: Fields, names: IndexSpec['fields']): IndexValue | undefined => {
  const value = fields[names[names.length - 1] ?? names[0]];
  return isIndexValue(value) ? value : undefined;
};

const compareMatches = (a: Match, b: Match): number =>
  compareIndexValues(a.value, b.value) ||
  compareText(a.stored.key.tenant, b.stored.key.tenant) ||
  compareText(a.stored.key.id, b.stored.key.id);

const cursorOf = ({ value, stored: { key } }: Match): string => JSON.stringify([value, key.tenant, key.id]);

/** The number of matches that do not come after the query's cursor. */
const placeAfter = (matches: readonly Match[], { after = '[]', order }: Query): number => {
  const [value, tenant, id] = JSON.parse(after) as [IndexValue, string, string]; // from `cursorOf`
  const sign = order === 'desc' ? -1 : 1;
  const isPast = (match: Match): boolean =>
    sign *
      (compareIndexValues(match.value, value) ||
        compareText(match.stored.key.tenant, tenant) ||
        compareText(match.stored.key.id, id)) >
    0;
  const place = matches.findIndex(isPast);
  return place < 0 ? matches.length : place;
};
