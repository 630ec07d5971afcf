import { type Json, type JsonObject, PayloadError } from '@waybill/core';

/** Deeper than any schema admits, and shallow enough never to exhaust the stack. */
const deepest = 1000;

/**
 * A copy that shares nothing with its source, so that neither side can change the other's. Absent fields are left
 * out and -0 becomes 0, as in JSON text. Throws a PayloadError for what JSON cannot carry.
 */
export const copyJson = (value: Json, depth = 0): Json => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value + 0;
      break;
    case 'object':
      if (value === null) return null;
      if (depth > deepest) throw new PayloadError(`a message is nested deeper than ${deepest} levels`);
      if (isArray(value)) return value.map((element) => copyJson(element, depth + 1));
      if (isPlain(value)) return copyObject(value, depth);
  }
  throw new PayloadError('a message holds something that JSON cannot carry', {
    facts: { type: typeof value === 'object' ? 'object with a class' : typeof value },
    fix: 'convert dates, bigints, maps and class instances before you publish them',
  });
};

const copyObject = (source: JsonObject, depth: number): JsonObject => {
  const copy: Record<string, Json> = {};
  for (const name of Object.keys(source)) {
    const value = source[name];
    if (value === undefined) continue;
    const copied = copyJson(value, depth + 1);
    // Assigning to `__proto__` would set the prototype instead of a field.
    if (name !== '__proto__') copy[name] = copied;
    else
      Object.defineProperty(copy, name, {
        value: copied,
        writable: true,
        enumerable: true,
        configurable: true,
      });
  }
  return copy;
};

// Array.isArray does not narrow readonly arrays (TypeScript issue 17002).
const isArray = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);

const isPlain = (value: JsonObject): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
};
