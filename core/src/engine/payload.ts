import { isWaybillError, PayloadError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { OutputOf, Schema, SchemaIssue } from '../schema.ts';
import { oneLine } from './one-line.ts';
import type { PayloadLimits } from './settings.ts';

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Serialises what comes from outside, once, and refuses with a `PayloadError` what would not come back equal:
 * anything that is not JSON, too large, too deep, with forbidden keys, or text that is no valid Unicode.
 */
export const serialise = (value: unknown, what: string, limits: PayloadLimits): string => {
  const text = readable(what, () => {
    look(value, what, limits);
    return JSON.stringify(value);
  });
  if (
    text.length > limits.bytes ||
    (text.length * 3 > limits.bytes && Buffer.byteLength(text) > limits.bytes)
  ) {
    throw refused(what, `is ${Buffer.byteLength(text)} bytes`, `${limits.bytes} bytes are allowed`);
  }
  return text;
};

/** The same check, of what is serialised elsewhere. */
export const checkJson = (value: unknown, what: string, limits: PayloadLimits): void => {
  serialise(value, what, limits);
};

/** A getter, or a proxy, may throw whatever it likes. */
const readable = <T>(what: string, read: () => T): T => {
  try {
    return read();
  } catch (cause) {
    if (isWaybillError(cause)) throw cause;
    throw new PayloadError(`${what} cannot be read`, { cause, fix: 'pass plain values' });
  }
};

const look = (value: unknown, what: string, limits: PayloadLimits): void => {
  let keys = 0;
  const visit = (at: unknown, path: string, depth: number): void => {
    switch (typeof at) {
      case 'string':
        if (!at.isWellFormed())
          throw refused(what, `holds a lone surrogate at ${path}`, 'text must be valid Unicode');
        return;
      case 'boolean':
        return;
      case 'number':
        if (!Number.isFinite(at)) throw refused(what, `holds ${at} at ${path}`, 'numbers must be finite');
        if (Object.is(at, -0))
          throw refused(what, `holds -0 at ${path}`, 'JSON cannot carry a negative zero');
        return;
      case 'object':
        if (at === null) return;
        break;
      default:
        throw refused(what, `holds a ${typeof at} at ${path}`, 'use JSON values only');
    }
    if (depth >= limits.depth)
      throw refused(what, `is nested deeper than ${limits.depth} at ${path}`, 'flatten it');
    if ('toJSON' in at && typeof at.toJSON === 'function')
      throw refused(what, `has a toJSON at ${path}`, 'pass what it answers');
    if (Array.isArray(at)) {
      keys += at.length;
      if (keys > limits.keys) throw refused(what, `has more than ${limits.keys} keys and items`, 'split it');
      for (let i = 0; i < at.length; i++) visit(at[i], `${path}[${i}]`, depth + 1);
      return;
    }
    const prototype: unknown = Object.getPrototypeOf(at);
    if (prototype !== Object.prototype && prototype !== null) {
      throw refused(
        what,
        `holds ${kindOf(prototype)} at ${path}`,
        'use plain objects, e.g. dates as ISO text',
      );
    }
    for (const [key, item] of Object.entries(at)) {
      if (++keys > limits.keys)
        throw refused(what, `has more than ${limits.keys} keys and items`, 'split it');
      if (forbidden.has(key)) throw refused(what, `has the key ${key} at ${path}`, 'rename it');
      if (!key.isWellFormed()) throw refused(what, `has a key with a lone surrogate at ${path}`, 'rename it');
      if (item !== undefined) visit(item, `${path}.${key}`, depth + 1);
    }
  };
  if (value === undefined) throw refused(what, 'is undefined', 'pass a JSON value, null for nothing');
  visit(value, '$', 0);
};

/** Keys are named, values never are. */
const refused = (what: string, problem: string, fix: string): PayloadError =>
  new PayloadError(oneLine(`${what} ${problem}`, 400), { fix });

const kindOf = (prototype: unknown): string => {
  const made = Reflect.get(Object(prototype), 'constructor') as unknown;
  return typeof made === 'function' && made !== Object ? `a ${made.name}` : 'an object that inherits';
};

/** Validates by the user's schema, at once if that can. Throws a `PayloadError` that names paths and never values. */
export const parseBy = <S extends Schema>(
  schema: S,
  value: unknown,
  what: string,
): OutputOf<S> | Promise<OutputOf<S>> => {
  const answer = validate(schema, value, what);
  return answer instanceof Promise
    ? answer.then((validated) => accepted(validated, what))
    : accepted(answer, what);
};

/** As `parseBy`, for staging, which is synchronous: a schema that validates asynchronously is refused. */
export const parseNow = <S extends Schema>(schema: S, value: unknown, what: string): OutputOf<S> => {
  const validated = validate(schema, value, what);
  if (validated instanceof Promise) {
    throw new PayloadError(`the schema of ${what} is asynchronous`, {
      fix: 'use a schema without async refinements',
    });
  }
  return accepted(validated, what);
};

const accepted = <S extends Schema>(validated: Validated, what: string): OutputOf<S> => {
  if (validated.issues === undefined) return validated.value as OutputOf<S>; // the schema's own type
  throw invalid(what, validated.issues);
};

type Validated = Awaited<ReturnType<Schema['~standard']['validate']>>;

/** A schema that throws, on a circle for instance, has refused. */
const validate = <S extends Schema>(
  schema: S,
  value: unknown,
  what: string,
): ReturnType<Schema['~standard']['validate']> => {
  try {
    return schema['~standard'].validate(value);
  } catch (cause) {
    if (isWaybillError(cause)) throw cause;
    throw new PayloadError(`the schema of ${what} cannot judge it`, { cause });
  }
};

const invalid = (what: string, issues: readonly SchemaIssue[]): PayloadError => {
  const listed = issues.slice(0, 5).map((issue) => `${pathOf(issue)}: ${issue.message}`);
  const more = issues.length > 5 ? ` and ${issues.length - 5} more` : '';
  return new PayloadError(oneLine(`${what} is not valid: ${listed.join('; ')}${more}`, 1_000));
};

const pathOf = (issue: SchemaIssue): string =>
  ['$', ...(issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part))].join('.');

export const parseJson = (text: string): Json => JSON.parse(text) as Json; // written by `serialise`
