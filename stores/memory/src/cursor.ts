import { PayloadError } from '@waybill/core';
import type { Place } from './place.ts';

/** The place of the last document of a page, so that what is written meanwhile cannot invalidate it. */
export const toCursor = (last: Place): string =>
  Buffer.from(JSON.stringify([last.value, last.tenant, last.id])).toString('base64url');

export const fromCursor = (cursor: string): Place => {
  const [value, tenant, id] = parse(cursor);
  if (
    (typeof value !== 'string' && typeof value !== 'number') ||
    typeof tenant !== 'string' ||
    typeof id !== 'string'
  )
    throw notOurs();
  return { value, side: 0, tenant, id, document: undefined, group: '' };
};

const parse = (cursor: string): readonly unknown[] => {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 3) return parts;
  } catch (cause) {
    throw notOurs(cause);
  }
  throw notOurs();
};

const notOurs = (cause?: unknown): PayloadError =>
  new PayloadError('`after` is not a cursor of this store', {
    cause,
    fix: 'pass the `next` of the page before',
  });
