import {
  compareIndexValues,
  type Fields,
  type IndexSpec,
  type IndexValue,
  isIndexValue,
} from '@waybill/core';
import type { RawDocument } from './raw-document.ts';
import type { IndexQuery } from './raw-query.ts';

/** What the document has in the index's last field, if the query, apart from `after` and `limit`, asks for it. */
export const matchIn = (
  query: Pick<IndexQuery, 'tenant' | 'index' | 'equals' | 'range'>,
  { key, fields }: Pick<RawDocument, 'key' | 'fields'>,
): IndexValue | undefined => {
  if (fields === undefined) return undefined;
  if (query.tenant !== undefined && key.tenant !== query.tenant) return undefined;
  const values = valuesIn(query.index, fields);
  const value = values?.at(-1);
  if (values === undefined || value === undefined) return undefined;
  if (!query.equals.every((wanted, i) => wanted === values[i])) return undefined;
  const { min, max } = query.range ?? {};
  if (min !== undefined && compareIndexValues(value, min) < 0) return undefined;
  return max !== undefined && compareIndexValues(value, max) > 0 ? undefined : value;
};

const valuesIn = ({ fields: names }: IndexSpec, fields: Fields): readonly IndexValue[] | undefined => {
  const values: IndexValue[] = [];
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!isIndexValue(value)) return undefined;
    values.push(value);
  }
  return values;
};
