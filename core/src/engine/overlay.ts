import type { Collection } from '../collection.ts';
import { PayloadError } from '../errors.ts';
import { compareIndexValues, compareText } from '../index-order.ts';
import type { Json } from '../json.ts';
import type { Fields, Key, Stored } from '../store.ts';
import type { DraftQuery } from '../unit-of-work.ts';

export interface StagedDocument {
  readonly key: Key;
  /** `undefined`: deleted. */
  readonly fields: Fields | undefined;
}

export interface FoundDocument {
  readonly id: string;
  readonly fields: Fields;
}

/** Puts what a run has staged itself over what the store answered, in the order of the index. */
export const overlay = (
  collection: Collection,
  query: DraftQuery,
  documents: readonly Stored[],
  staged: readonly StagedDocument[],
): readonly FoundDocument[] => {
  const found = new Map(
    documents.map(({ key, fields }): [string, FoundDocument] => [key.id, { id: key.id, fields }]),
  );
  if (staged.length === 0) return [...found.values()];
  const index = collection.indexes.find(({ name }) => name === query.index);
  if (index === undefined) throw new PayloadError(`${collection.name} has no index ${query.index}`);
  for (const { key, fields } of staged) {
    if (fields !== undefined && isIn(index.fields, fields, query)) found.set(key.id, { id: key.id, fields });
    else found.delete(key.id);
  }
  const last = index.fields[index.fields.length - 1] ?? '';
  const sign = query.order === 'desc' ? -1 : 1;
  return [...found.values()].sort((a, b) => {
    const [x, y] = [a.fields[last], b.fields[last]];
    const byValue = isIndexValue(x) && isIndexValue(y) ? compareIndexValues(x, y) : 0;
    return sign * (byValue === 0 ? compareText(a.id, b.id) : byValue);
  });
};

const isIndexValue = (value: Json | undefined): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

const isIn = (names: readonly string[], fields: Fields, { equals, range = {} }: DraftQuery): boolean => {
  const values = names.map((name) => fields[name]);
  const last = values[values.length - 1];
  if (!values.every(isIndexValue) || !isIndexValue(last)) return false;
  if (!equals.every((value, i) => value === values[i])) return false;
  if (range.min !== undefined && compareIndexValues(last, range.min) < 0) return false;
  return range.max === undefined || compareIndexValues(last, range.max) <= 0;
};
