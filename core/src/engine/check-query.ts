import type { Collection } from '../collection.ts';
import { isIndexValue } from '../contract/index-value.ts';
import { PayloadError } from '../errors.ts';
import type { IndexSpec, IndexValue, Query } from '../store.ts';

/** What people and handlers may ask of a collection; where it is asked is not theirs to say. */
export type Question = Pick<Query, 'index' | 'equals' | 'range' | 'order' | 'limit' | 'after'>;

/**
 * The question with nothing in it but what a question has. Throws a `PayloadError` for one that no index of the
 * collection answers: a query is data, and may come from outside.
 */
export const checkQuery = (collection: Collection, asked: Question): Question => {
  const { index: name, equals, range, order, limit, after } = asked;
  const index = collection.indexes.find((each) => each.name === name);
  if (index === undefined) {
    throw refused(collection, 'the collection has no such index', indexesOf(collection));
  }
  checkEquals(collection, index, equals);
  const ends = range === undefined ? [] : [range?.min, range?.max].filter((end) => end !== undefined);
  if (range === null || !ends.every(isIndexValue))
    throw refused(collection, 'an end of the range is not allowed', valuesOf);
  if (!Number.isInteger(limit) || limit < 0 || limit > 1_000)
    throw refused(collection, 'the limit is not allowed', 'use 0 to 1000');
  if (order !== undefined && order !== 'asc' && order !== 'desc')
    throw refused(collection, 'the order is not allowed', 'use asc or desc');
  if (after !== undefined && typeof after !== 'string')
    throw refused(collection, 'the cursor is not one of this query', 'pass `next` of the page before');
  return {
    index: name,
    equals: [...equals],
    limit,
    ...(range === undefined ? {} : { range: rangeOf(range) }),
    ...(order === undefined ? {} : { order }),
    ...(after === undefined ? {} : { after }),
  };
};

const checkEquals = (collection: Collection, { fields }: IndexSpec, equals: readonly IndexValue[]): void => {
  if (!Array.isArray(equals) || equals.length !== fields.length - 1) {
    const wanted = fields.slice(0, -1).join(', ');
    throw refused(collection, `equals needs ${fields.length - 1} values`, wanted || 'use an empty list');
  }
  if (!equals.every(isIndexValue)) throw refused(collection, 'a value of equals is not allowed', valuesOf);
};

const rangeOf = ({ min, max }: NonNullable<Query['range']>): NonNullable<Query['range']> => ({
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
});

const valuesOf = 'use text of valid Unicode, or finite numbers';

const indexesOf = ({ indexes }: Collection): string =>
  indexes.length === 0 ? 'declare one' : `use ${indexes.map(({ name }) => name).join(', ')}`;

const refused = ({ name }: Collection, problem: string, fix: string): PayloadError =>
  new PayloadError(`query of ${name}: ${problem}`, { fix });
