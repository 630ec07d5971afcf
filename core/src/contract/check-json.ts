import { PayloadError } from '../errors.ts';

/**
 * Throws a `PayloadError` for what JSON text would leave out, change without a word or call code of, and for text
 * that is no valid Unicode. `undefined` fields are absent, and fine. `what` is named in the error: `a document`.
 */
export const checkJson = (value: unknown, what: string, depth = 0): void => {
  switch (typeof value) {
    case 'string':
      if (value.isWellFormed()) return;
      throw loneSurrogate(what);
    case 'boolean':
      return;
    case 'number':
      if (Number.isFinite(value)) return;
      break;
    case 'object':
      if (value === null) return;
      if (depth > deepestJson) throw tooDeep(what);
      if (Array.isArray(value)) return checkArray(value, what, depth);
      if (isPlainObject(value)) return checkObject(value, what, depth);
  }
  throw notJson(value, what);
};

/** Deeper than any schema admits, and shallow enough never to exhaust the stack. Also ends a circle. */
export const deepestJson = 1_000;

export const isPlainObject = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
};

export const notJson = (value: unknown, what: string): PayloadError =>
  new PayloadError(`${what} holds something that JSON cannot carry`, {
    facts: { type: typeof value === 'object' ? 'object with a class' : typeof value },
    fix: 'use plain objects, arrays, text, finite numbers, booleans and null',
  });

export const tooDeep = (what: string): PayloadError =>
  new PayloadError(`${what} is nested deeper than ${deepestJson} levels`);

export const loneSurrogate = (what: string): PayloadError =>
  new PayloadError(`${what} holds a lone surrogate, which is no text`, { fix: 'see String.toWellFormed()' });

/** By index, so that a hole is seen. */
const checkArray = (values: readonly unknown[], what: string, depth: number): void => {
  for (let i = 0; i < values.length; i++) checkJson(values[i], what, depth + 1);
};

const checkObject = (value: object, what: string, depth: number): void => {
  for (const [name, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    if (!name.isWellFormed()) throw loneSurrogate(what);
    checkJson(entry, what, depth + 1);
  }
};
