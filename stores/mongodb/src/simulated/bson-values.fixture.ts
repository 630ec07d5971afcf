import { BSON, Long } from 'mongodb';

export type Doc = Record<string, unknown>;

export const isDoc = (value: unknown): value is Doc =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Equal exactly for equal values, fields in the same order. */
export const textOf = (value: unknown): string => BSON.EJSON.stringify({ value }, { relaxed: true });

/** In the order of BSON's types, as far as we use them. */
const rankOf = (value: unknown): number => {
  if (value === undefined || value === null) return 1;
  if (typeof value === 'number' || value instanceof Long) return 2;
  if (typeof value === 'string') return 3;
  if (Array.isArray(value)) return 5;
  if (typeof value === 'boolean') return 8;
  if (value instanceof Date) return 9;
  return 4;
};

export const compare = (a: unknown, b: unknown): number => {
  const [x, y] = [rankOf(a), rankOf(b)];
  if (x !== y) return x - y;
  if (x === 2) return Number(a) - Number(b);
  if (x === 3) return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  return textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0;
};

export const sameType = (a: unknown, b: unknown): boolean => rankOf(a) === rankOf(b);

export const at = (document: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (value, name) => (isDoc(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      document,
    );

/** Changes the document. */
export const setAt = (document: Doc, path: string, value: unknown): void => {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let target = document;
  for (const name of names) target = (target[name] ??= {}) as Doc;
  if (value === undefined) delete target[last];
  else target[last] = value;
};
