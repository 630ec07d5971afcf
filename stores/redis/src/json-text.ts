import { checkJson, type Json } from '@waybill/core';

/**
 * The JSON text of a field's value: one text for each value, so that scripts can compare values as texts. Throws a
 * `PayloadError` for what JSON cannot carry.
 */
export const toText = (value: Json): string => {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  checkJson(value, 'a document', 1);
  return JSON.stringify(value);
};

/** The name of a field as scripts and documents have it: a JSON text with a colon. */
export const toName = (name: string): string => {
  const known = names.get(name);
  if (known !== undefined) return known;
  checkJson(name, 'the name of a field');
  const text = `${JSON.stringify(name)}:`;
  if (names.size < mostNames) names.set(name, text);
  return text;
};

export const fromName = (text: string): string => JSON.parse(text.slice(0, -1)) as string; // what toName wrote

/** Names come from code rather than from data; should they come from data, memory stays bounded. */
const mostNames = 4_096;
const names = new Map<string, string>();
