import type { Key, Stored } from '@waybill/core';
import type { Catalog } from './catalog.ts';
import { decodeDocument, type RawDocument } from './decode-document.ts';

/** For documents that were read by the version of the catalog that is known here. */
export const storedOf = (catalog: Catalog, key: Key, raw: RawDocument | undefined): Stored | undefined => {
  if (raw === undefined) return undefined;
  const { collection, tenant, id } = key;
  return { key: { collection, tenant, id }, ...decodeDocument(raw, catalog.get(collection)) };
};
