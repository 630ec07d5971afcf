/** Ours beside a document's fields: `_id` names the document, `_waybill` holds its version and what else we keep. */
export const ownField = '_waybill';

/**
 * Names that mean something to MongoDB, to its driver or to us, as the name of a field: escaped with percent signs as
 * in a URL, so that they stay readable and are data wherever they stand. All other names stay as they are.
 */
export const escapeName = (name: string): string => {
  if (name === '') return '%';
  if (reserved.has(name)) return `%5F${name.slice(1)}`;
  return special.test(name) ? name.replaceAll(specials, percent) : name;
};

export const unescapeName = (name: string): string => {
  if (!name.includes('%')) return name;
  return name === '%' ? '' : name.replaceAll(/%([0-9A-F]{2})/g, (_, code: string) => unpercent(code));
};

/** `_bsontype` makes the driver take an object for one of its own, and `__proto__` is no name to assign to. */
const reserved: ReadonlySet<string> = new Set(['_id', ownField, '_bsontype', '__proto__']);
const special = /^\$|[.%\0]/;
const specials = /^\$|[.%\0]/g;

const percent = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
const unpercent = (code: string): string => String.fromCharCode(Number.parseInt(code, 16));
