import type { Json } from '@waybill/core';

/** Assigning `__proto__` would set a prototype. */
export const setField = (fields: Record<string, Json>, field: string, value: Json): void => {
  if (field !== '__proto__') fields[field] = value;
  else Object.defineProperty(fields, field, { value, enumerable: true, configurable: true, writable: true });
};
