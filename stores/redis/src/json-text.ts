import { type Json, PayloadError } from '@waybill/core';

/**
 * The JSON text of a field's value: one text for each value, so that scripts can compare values as texts. Throws a
 * `PayloadError` for what JSON cannot carry.
 */
export const toText = (value: Json): string => {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (Number.isFinite(value)) return value === 0 ? '0' : String(value);
      break;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      checkJson(value, 1);
      return JSON.stringify(value);
  }
  throw notJson(value);
};

/** The name of a field as scripts and documents have it: a JSON text with a colon. */
export const toName = (name: string): string => {
  const known = names.get(name);
  if (known !== undefined) return known;
  const text = `${JSON.stringify(name)}:`;
  if (names.size < mostNames) names.set(name, text);
  return text;
};

export const fromName = (text: string): string => JSON.parse(text.slice(0, -1)) as string; // what toName wrote

/** Deeper than any schema admits, and shallow enough never to exhaust the stack. */
const deepest = 1_000;

/** Names come from code rather than from data; should they come from data, memory stays bounded. */
const mostNames = 4_096;
const names = new Map<string, string>();

const checkJson = (value: Json | undefined, depth: number): void => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return;
    case 'number':
      if (Number.isFinite(value)) return;
      break;
    case 'object':
      if (value === null) return;
      if (depth > deepest) throw new PayloadError(`a document is nested deeper than ${deepest} levels`);
      if (Array.isArray(value)) return value.forEach((element: Json) => checkJson(element, depth + 1));
      if (isPlain(value)) return Object.values(value).forEach((inner) => checkJson(inner, depth + 1));
  }
  throw notJson(value);
};

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
};

const notJson = (value: unknown): PayloadError =>
  new PayloadError('a document holds something that JSON cannot carry', {
    facts: { type: typeof value === 'object' ? 'object with a class' : typeof value },
    fix: 'convert dates, bigints, maps and class instances before you put them',
  });
