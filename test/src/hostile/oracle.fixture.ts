import { isWaybillError } from '@waybill/core';
import { expect } from 'vitest';
import { canary } from './arbitraries.fixture.ts';

/** Control characters, line separators and lone surrogates: what begins a line of a log, or steers a terminal. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

export const codes: ReadonlySet<string> = new Set([
  'WB_PAYLOAD',
  'WB_CONFIG',
  'WB_CONFLICT',
  'WB_UNSUPPORTED',
]);

/** A refusal is clear: one of our errors, with a code of its own, that repeats nothing of the value. */
export const expectClearRefusal = (error: unknown, more: readonly string[] = []): void => {
  if (!isWaybillError(error) || !(codes.has(error.code) || more.includes(error.code)))
    throw new Error(`this is no clear refusal: ${describe(error)}`, { cause: error });
  const { message, fix = '', facts } = error;
  const told = `${message} ${fix}`;
  if (message.length === 0 || message.length > 2_000)
    throw new Error(`a message of ${message.length} characters`);
  if (told.includes(canary) || JSON.stringify(facts).includes(canary))
    throw new Error(`the refusal repeats the value: ${told}`);
  if (unsafe.test(told) || !told.isWellFormed())
    throw new Error(`the refusal is not safe to log: ${JSON.stringify(told)}`);
};

const prototypes = [Object, Array, Function, String, Number, Boolean, Promise, Map, Set, Error, RegExp].map(
  ({ prototype }) => prototype as object,
);
const known = new Map(prototypes.map((each) => [each, Reflect.ownKeys(each).length]));

/** No prototype has gained or lost anything. */
export const expectUnpolluted = (): void => {
  for (const [prototype, keys] of known) expect(Reflect.ownKeys(prototype).length).toBe(keys);
  const probe: Record<string, unknown> = {};
  expect(probe['polluted']).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
};

/** Equal as JSON is: fields that are undefined count as absent, and nothing else is forgiven. */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => sameJson(item, b[i]));
  }
  const [left, right] = [present(a), present(b)];
  if (left.size !== right.size) return false;
  return [...left].every(([key, item]) => right.has(key) && sameJson(item, right.get(key)));
};

const present = (value: object): Map<string, unknown> =>
  new Map(Object.entries(value).filter(([, item]) => item !== undefined));

/** How a call ended. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false };

/** Lets a call be refused, clearly, by these codes also. Any other error is thrown on. */
export const orRefused = async <T>(
  call: () => Promise<T> | T,
  more: readonly string[] = [],
): Promise<Outcome<T>> => {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    expectClearRefusal(error, more);
    return { ok: false };
  }
};

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : `a ${typeof error} instead of an error`;
