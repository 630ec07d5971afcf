import type { Fields, Json, JsonObject } from '@waybill/core';

/** As it would come back from a real store: nothing shared with the caller, no `undefined`. */
export const copyFields = (fields: Fields): Fields => copyObject(fields);

/** The document after a patch: fields replaced as a whole, those that are `undefined` removed. */
export const patched = (before: Fields, patch: Fields): Fields => {
  const after: Record<string, Json> = { ...before } as Record<string, Json>; // copies hold no `undefined`
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) delete after[name];
    else after[name] = copyJson(value);
  }
  return after;
};

const copyObject = (from: JsonObject): JsonObject => {
  const copy: Record<string, Json> = {};
  for (const name of Object.keys(from)) {
    const value = from[name];
    if (value !== undefined) copy[name] = copyJson(value);
  }
  return copy;
};

const copyJson = (value: Json): Json => {
  if (typeof value !== 'object' || value === null) return value;
  return isArray(value) ? value.map(copyJson) : copyObject(value);
};

// Array.isArray does not narrow readonly arrays (TypeScript issue 17002).
const isArray = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);
