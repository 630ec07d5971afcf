import { isWaybillError, PayloadError } from '../errors.ts';
import type { Json } from '../json.ts';
import type { OutputOf, Schema, SchemaIssue } from '../schema.ts';
import { copyPlain, refused } from './copy-plain.ts';
import { oneLine } from './one-line.ts';
import type { PayloadLimits } from './settings.ts';

/**
 * Serialises what comes from outside, once, and refuses with a `PayloadError` what would not come back equal:
 * anything that is not JSON, too large, too deep, with forbidden keys, or text that is no valid Unicode.
 */
export const serialise = (value: unknown, what: string, limits: PayloadLimits): string =>
  textOf(readable(what, () => copyPlain(value, what, limits)).copy, what, limits);

/** A copy of what comes from outside, refused as by `serialise`. */
export const copyJson = (value: unknown, what: string, limits: PayloadLimits): Json => {
  const { copy, mostBytes } = readable(what, () => copyPlain(value, what, limits));
  if (mostBytes > limits.bytes) textOf(copy, what, limits);
  return copy;
};

/** The same check, of what is serialised elsewhere. */
export const checkJson = (value: unknown, what: string, limits: PayloadLimits): void => {
  copyJson(value, what, limits);
};

const textOf = (copy: Json, what: string, limits: PayloadLimits): string => {
  const text = JSON.stringify(copy);
  if (
    text.length > limits.bytes ||
    (text.length * 3 > limits.bytes && Buffer.byteLength(text) > limits.bytes)
  ) {
    throw refused(what, `is ${Buffer.byteLength(text)} bytes`, `${limits.bytes} bytes are allowed`);
  }
  return text;
};

/** A getter, or a proxy, may throw whatever it likes. */
const readable = <T>(what: string, read: () => T): T => {
  try {
    return read();
  } catch (cause) {
    if (isWaybillError(cause)) throw cause;
    throw new PayloadError(`${what} cannot be read`, { cause, fix: 'use plain values' });
  }
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
