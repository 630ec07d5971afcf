import type { IndexPlace, IndexValue } from '@waybill/core';
import { dateFrom, dateUpTo, firstDate, lastDate } from './date-texts.ts';
import { dateOf, encodeValue } from './encode-value.ts';
import { escapeName } from './field-name.ts';
import type { IndexQuery } from './index-query.ts';

/** Of MongoDB's query language. Every value in it is a value: nothing of it was written by a caller. */
export type Filter = Readonly<Record<string, unknown>>;

/**
 * What equality and range ask for, in at most two parts: numbers and text, which MongoDB orders as Waybill does, and
 * dates, which are texts with us and which MongoDB keeps behind all texts. No part: nothing can match.
 */
export const filtersOf = (query: IndexQuery, after: IndexPlace | undefined): readonly Filter[] => {
  const { min, max } = query.range ?? {};
  const parts = [[numbersBetween(min, max), textsBetween(min, max)], [datesBetween(min, max)]];
  return parts
    .map((ranges) => ranges.flatMap((range) => (range === undefined ? [] : behind(query, range, after))))
    .filter((conditions) => conditions.length > 0)
    .map((conditions) => ({ ...fixed(query), ...either(conditions) }));
};

/** As it is if it is the only one, so that MongoDB has no choice of plans. */
const either = (conditions: readonly Filter[]): Filter =>
  conditions.length === 1 ? { ...conditions[0] } : { $or: conditions };

/** The query's tenant, and its values for all fields but the last. */
const fixed = ({ tenant, index, equals }: IndexQuery): Filter => {
  const filter: Record<string, unknown> = tenant === undefined ? {} : { '_id.tenant': tenant };
  for (const [i, value] of equals.entries())
    filter[escapeName(index.fields[i] ?? '')] = { $eq: encodeValue(value), ...noList };
  return filter;
};

/** A condition of MongoDB holds as well for a list that has a fitting element. */
export const noList = { $not: { $type: 'array' } } as const;

/** Values of one type, both ends included. */
interface Range {
  readonly type: 'number' | 'text' | 'date';
  readonly min: number | string | Date;
  readonly max?: number | string | Date;
}

const numbersBetween = (min: IndexValue | undefined, max: IndexValue | undefined): Range | undefined =>
  typeof min === 'string'
    ? undefined
    : {
        type: 'number',
        min: min ?? Number.NEGATIVE_INFINITY,
        max: typeof max === 'number' ? max : Number.POSITIVE_INFINITY,
      };

const textsBetween = (min: IndexValue | undefined, max: IndexValue | undefined): Range | undefined =>
  typeof max === 'number'
    ? undefined
    : { type: 'text', min: typeof min === 'string' ? min : '', ...(max === undefined ? {} : { max }) };

const datesBetween = (min: IndexValue | undefined, max: IndexValue | undefined): Range | undefined => {
  if (typeof max === 'number') return undefined;
  const first = typeof min === 'string' ? dateFrom(min) : firstDate;
  const last = typeof max === 'string' ? dateUpTo(max) : lastDate;
  return first === undefined || last === undefined ? undefined : { type: 'date', min: first, max: last };
};

/** The part of a range that lies behind the place, in the direction of the query. */
const behind = (query: IndexQuery, range: Range, after: IndexPlace | undefined): readonly Filter[] => {
  const path = escapeName(query.index.fields.at(-1) ?? '');
  const within = { $gte: range.min, ...(range.max === undefined ? {} : { $lte: range.max }), ...noList };
  if (after === undefined) return [{ [path]: within }];
  const isForward = query.order === 'asc';
  if ((typeof after.value === 'number') !== (range.type === 'number'))
    return (range.type === 'number') === isForward ? [] : [{ [path]: within }];
  const side = isForward ? '$gt' : '$lt';
  const at = placeAmong(range.type, after.value, isForward);
  if (at === undefined) return [];
  if (at.isBetween) return [{ [path]: { ...within, [`${side}e`]: at.value } }];
  return [
    { [path]: { ...within, [side]: at.value } },
    ...tiesOf(query, after, side).map((tie) => ({ [path]: { ...within, $eq: at.value }, ...tie })),
  ];
};

/** Where a place stands among values of this type; `isBetween`: the value is the next one, and not the place itself. */
const placeAmong = (
  type: Range['type'],
  value: IndexValue,
  isForward: boolean,
): { readonly value: number | string | Date; readonly isBetween: boolean } | undefined => {
  if (type !== 'date' || typeof value === 'number') return { value, isBetween: false };
  const date = dateOf(value);
  if (date !== undefined) return { value: date, isBetween: false };
  const next = isForward ? dateFrom(value) : dateUpTo(value);
  return next === undefined ? undefined : { value: next, isBetween: true };
};

/** Behind the place among equal values, which are ordered by tenant, then id. */
const tiesOf = (query: IndexQuery, { tenant, id }: IndexPlace, side: '$gt' | '$lt'): readonly Filter[] =>
  query.tenant === undefined
    ? [{ '_id.tenant': { [side]: tenant } }, { '_id.tenant': tenant, '_id.id': { [side]: id } }]
    : [{ '_id.id': { [side]: id } }];
