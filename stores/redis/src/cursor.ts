import { type IndexValue, PayloadError } from '@waybill/core';
import { isIndexValue } from './check-call.ts';

/** The place of a page's last document in its index, so that nothing written meanwhile can invalidate it. */
export interface Place {
  readonly value: IndexValue;
  readonly tenant: string;
  readonly id: string;
}

/** A page without documents ends where it began. */
export const start = 'start';

export const toCursor = ({ value, tenant, id }: Place): string =>
  Buffer.from(JSON.stringify([value, tenant, id])).toString('base64url');

/** Throws a `PayloadError`: a cursor has been out of our hands. */
export const fromCursor = (cursor: string): Place => {
  const [value, tenant, id] = parse(cursor);
  if (!isIndexValue(value) || !isText(tenant) || !isText(id)) throw notACursor();
  return { value, tenant, id };
};

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && !value.includes('\0');

const parse = (cursor: string): readonly unknown[] => {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 3) return parts;
  } catch (cause) {
    throw notACursor(cause);
  }
  throw notACursor();
};

const notACursor = (cause?: unknown): PayloadError =>
  new PayloadError('`after` is not a cursor of this store', {
    cause,
    fix: 'pass the `next` of the page before',
  });
