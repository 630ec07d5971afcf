import { type IndexValue, PayloadError } from '@waybill/core';

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

export const isIndexValue = (value: unknown): value is IndexValue =>
  typeof value === 'number' ? Number.isFinite(value) : isText(value);

const isText = (value: unknown): value is string => typeof value === 'string' && value.isWellFormed();

const parse = (cursor: string): readonly unknown[] => {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch (cause) {
    throw notACursor(cause);
  }
  if (!Array.isArray(parts) || parts.length !== 3) throw notACursor();
  return parts;
};

const notACursor = (cause?: unknown): PayloadError =>
  new PayloadError('`after` is not a cursor of this store', {
    cause,
    fix: 'pass the `next` of the page before',
  });
