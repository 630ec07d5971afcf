import type { Json, JsonObject } from '../json.ts';
import { deepestJson, isPlainObject, loneSurrogate, notJson, tooDeep } from './check-json.ts';

/**
 * A copy that shares nothing with its source, so that neither side can change the other's. Absent fields are left
 * out and -0 becomes 0, as in JSON text. Throws as `checkJson` does.
 */
export const copyJson = (value: Json, what: string, depth = 0): Json => {
  switch (typeof value) {
    case 'string':
      if (value.isWellFormed()) return value;
      throw loneSurrogate(what);
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value + 0;
      break;
    case 'object':
      if (value === null) return null;
      if (depth > deepestJson) throw tooDeep(what);
      if (isArray(value)) return copyArray(value, what, depth);
      if (isPlainObject(value)) return withoutAbsent(copyPatch(value, what, depth));
  }
  throw notJson(value, what);
};

/** As `copyJson`, of an object. */
export const copyFields = (source: JsonObject, what: string): JsonObject =>
  withoutAbsent(copyPatch(source, what));

/** As `copyFields`, but fields of the object itself that are `undefined` stay: in a patch they mean something. */
export const copyPatch = (source: JsonObject, what: string, depth = 0): JsonObject => {
  // Spread copies the shape at once instead of field by field, and makes `__proto__` a field like others.
  const copy: Record<string, Json | undefined> = { ...source };
  for (const name in copy) {
    if (!name.isWellFormed()) throw loneSurrogate(what);
    const value = copy[name];
    // What is immutable is copied already: most fields are text.
    if (typeof value === 'string' ? value.isWellFormed() : value === undefined) continue;
    copy[name] = copyJson(value as Json, what, depth + 1); // `undefined` went on
  }
  return copy;
};

/** The fields themselves where none is absent, which is nearly always. */
export const withoutAbsent = (fields: JsonObject): JsonObject => {
  for (const name in fields)
    if (fields[name] === undefined)
      return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return fields;
};

/** By index, so that a hole is seen. */
const copyArray = (values: readonly Json[], what: string, depth: number): Json => {
  const copy: Json[] = [];
  for (let i = 0; i < values.length; i++) copy.push(copyJson(values[i] as Json, what, depth + 1)); // `undefined` throws
  return copy;
};

// Array.isArray does not narrow readonly arrays (TypeScript issue 17002).
const isArray = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);
