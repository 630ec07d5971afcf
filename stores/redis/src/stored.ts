import type { Key, Stored } from '@waybill/core';
import type { Catalog } from './catalog.ts';
import { decodeDocument, type RawDocument } from './decode-document.ts';

/** `unknown columns`: another process has given it columns that this one has not heard of. */
export const storedOf = (
  catalog: Catalog,
  key: Key | undefined,
  raw: RawDocument | undefined,
): Stored | undefined | 'unknown columns' => {
  if (key === undefined || raw === undefined) return undefined;
  const decoded = decodeDocument(raw, catalog.get(key.collection).columns);
  if (decoded === undefined) return 'unknown columns';
  return { key: { collection: key.collection, tenant: key.tenant, id: key.id }, ...decoded };
};

/** For what a script has answered that knew the same columns as we. */
export const surelyStored = (
  catalog: Catalog,
  key: Key,
  raw: RawDocument | undefined,
): Stored | undefined => {
  const stored = storedOf(catalog, key, raw);
  if (stored === 'unknown columns') throw new Error('a document has columns that its catalog has not');
  return stored;
};
