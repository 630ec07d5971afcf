import type { Fields, Json, JsonObject } from '@waybill/core';
import { escapeName } from './field-name.ts';

/** What lies in MongoDB for a JSON value: the same, but instants in ISO form are dates, and names are escaped. */
export type Encoded = null | boolean | number | string | Date | EncodedObject | readonly Encoded[];
export interface EncodedObject {
  readonly [name: string]: Encoded;
}

/** Of JSON that was checked. Shares nothing with it. */
export const encodeValue = (value: Json): Encoded => {
  if (typeof value === 'string') return dateOf(value) ?? value;
  if (typeof value === 'number') return value + 0; // BSON would keep a minus zero
  if (typeof value !== 'object' || value === null) return value;
  return isArray(value) ? value.map(encodeValue) : encodeFields(value);
};

/** Fields that are `undefined` are left out. */
export const encodeFields = (fields: Fields): EncodedObject => {
  const encoded: Record<string, Encoded> = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) encoded[escapeName(name)] = encodeValue(value);
  return encoded;
};

/**
 * Exactly what `Date.prototype.toISOString` writes of the years 0000 to 9999, so that it comes back as it was. Dates
 * of these years are ordered like their texts.
 */
export const dateOf = (text: string): Date | undefined => {
  if (text.length !== isoLength || text.charCodeAt(23) !== capitalZ || !isoForm.test(text)) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) || date.toISOString() !== text ? undefined : date;
};

const isoLength = 24;
const capitalZ = 0x5a;
const isoForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

// Array.isArray does not narrow readonly arrays (TypeScript issue 17002).
const isArray = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);
