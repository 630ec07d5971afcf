import type { Json } from '../json.ts';
import type { Fields } from '../store.ts';
import { setField } from './set-field.ts';

/** Those of them that a query with `only` asks for. Their values are the same. */
export const pickFields = (fields: Fields, only: readonly string[]): Fields => {
  const picked: Record<string, Json | undefined> = {};
  for (const name of only) if (Object.hasOwn(fields, name)) setField(picked, name, fields[name]);
  return picked;
};
