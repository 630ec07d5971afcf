import { PayloadError } from '@waybill/core';

/** Deeper than any schema admits, and shallow enough never to exhaust the stack. Also ends a circle. */
const deepest = 1000;

/** Throws a `PayloadError` for what JSON.stringify would leave out, call code of, or change without a word. */
export const checkJson = (value: unknown, depth = 0): void => {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (Number.isFinite(value)) return;
      break;
    case 'object':
      if (value === null) return;
      if (depth === deepest) throw new PayloadError(`a document is nested deeper than ${deepest} levels`);
      if (Array.isArray(value)) return checkArray(value, depth);
      if (isPlain(value)) return checkObject(value, depth);
  }
  throw new PayloadError('a document holds something that JSON cannot carry', {
    facts: { type: typeof value === 'object' ? 'object with a class' : typeof value },
    fix: 'convert dates, bigints, maps and class instances before you put them',
  });
};

/** By index, so that a hole is seen. */
const checkArray = (values: readonly unknown[], depth: number): void => {
  for (let i = 0; i < values.length; i++) checkJson(values[i], depth + 1);
};

const checkObject = (value: object, depth: number): void => {
  for (const entry of Object.values(value)) if (entry !== undefined) checkJson(entry, depth + 1);
};

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
};
