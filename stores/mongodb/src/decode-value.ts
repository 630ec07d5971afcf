import { type Fields, type Json, PayloadError, setField } from '@waybill/core';
import { Binary, Decimal128, Double, Int32, Long, ObjectId, UUID } from 'mongodb';
import { ownField, unescapeName } from './field-name.ts';

/** Every field of a document but `_id` and ours. */
export const decodeFields = (document: object): Fields => {
  const fields: Record<string, Json> = {};
  for (const [name, value] of Object.entries(document))
    if (name !== '_id' && name !== ownField) setField(fields, unescapeName(name), decodeValue(value));
  return fields;
};

/** The fields of an object that lies within another one. */
export const decodeObject = (object: object): Fields => {
  const fields: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object))
    setField(fields, unescapeName(name), decodeValue(value));
  return fields;
};

/** Also what other programs have written, as far as JSON has something for it. Throws a `PayloadError` for the rest. */
const decodeValue = (value: unknown): Json => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      break;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(decodeValue);
      if (isPlain(value)) return decodeObject(value);
      return decodeForeign(value);
  }
  throw notJson(typeof value);
};

/** The driver makes plain objects of documents. */
const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;

const decodeForeign = (value: object): Json => {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (value instanceof Int32 || value instanceof Double) return decodeValue(value.valueOf());
  if (value instanceof Long) return value.toNumber();
  if (value instanceof ObjectId || value instanceof UUID) return value.toHexString();
  if (value instanceof Decimal128) return value.toString();
  if (value instanceof Binary) return value.toString('base64');
  throw notJson(value.constructor.name);
};

const notJson = (type: string): PayloadError =>
  new PayloadError('a document holds something that JSON cannot carry', {
    facts: { type },
    fix: 'let the program that writes it use text, numbers, booleans, dates, lists and objects',
  });
