import { type Fields, type Json, type JsonObject, PayloadError } from '@waybill/core';

/**
 * A copy that shares nothing with its source, so that neither side can change the other's. Absent fields are left
 * out and -0 becomes 0, as in JSON text. Throws a PayloadError for what JSON cannot carry.
 */
export const copyFields = (source: Fields): Fields => withoutAbsent(copyPatch(source, 0));

/** The same, but fields that are `undefined` stay: in a patch they mean something. */
export const copyPatch = (source: Fields, depth = 0): Fields => {
  // Spread copies the shape at once instead of field by field, and makes `__proto__` a field like others.
  const copy: Record<string, Json | undefined> = { ...source };
  for (const name in copy) {
    const value = copy[name];
    if (value !== undefined && typeof value !== 'string') copy[name] = copyJson(value, depth + 1);
  }
  return copy;
};

/** The fields themselves where none is absent, which is nearly always. */
export const withoutAbsent = (fields: Fields): Fields => {
  for (const name in fields)
    if (fields[name] === undefined)
      return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return fields;
};

/** Deeper than any schema admits, and shallow enough never to exhaust the stack. */
const deepest = 1000;

const copyJson = (value: Json, depth: number): Json => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value + 0;
      break;
    case 'object':
      if (value === null) return null;
      if (depth > deepest) throw new PayloadError(`a document is nested deeper than ${deepest} levels`);
      if (isArray(value)) return value.map((element) => copyJson(element, depth + 1));
      if (isPlain(value)) return withoutAbsent(copyPatch(value, depth));
  }
  throw new PayloadError('a document holds something that JSON cannot carry', {
    facts: { type: typeof value === 'object' ? 'object with a class' : typeof value },
    fix: 'convert dates, bigints, maps and class instances before you put them',
  });
};

// Array.isArray does not narrow readonly arrays (TypeScript issue 17002).
const isArray = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);

const isPlain = (value: JsonObject): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
};
