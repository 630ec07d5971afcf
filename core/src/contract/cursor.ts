import { PayloadError } from '../errors.ts';
import type { IndexValue } from '../store.ts';
import { isIndexValue } from './index-value.ts';

/** Where a document stands in an index: what a cursor names, so that nothing written meanwhile invalidates it. */
export interface IndexPlace {
  /** Of the index's last field. */
  readonly value: IndexValue;
  readonly tenant: string;
  readonly id: string;
}

/** The cursor behind a page's last document. A page without documents ends where it began: at `after` or the start. */
export const cursorBehind = (last: IndexPlace | undefined, after: string | undefined): string => {
  if (last === undefined) return after ?? start;
  const { value, tenant, id } = last;
  return Buffer.from(JSON.stringify([value, tenant, id])).toString('base64url');
};

/**
 * Behind which place the page begins; `undefined` is the start. Throws a `PayloadError`: a cursor has been out of our
 * hands.
 */
export const readCursor = (after: string | undefined): IndexPlace | undefined => {
  if (after === undefined || after === start) return undefined;
  const [value, tenant, id] = parse(after);
  if (!isIndexValue(value) || !isText(tenant) || !isText(id)) throw notACursor();
  return { value, tenant, id };
};

/** No base64url of a JSON array. */
const start = 'start';

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && !value.includes('\u0000');

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
