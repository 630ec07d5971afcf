import type { Key, Stored } from '@waybill/core';
import type { Row } from '@waybill/sqlite';
import type { Catalog } from './catalog.ts';
import { type DocumentTable, versionAt } from './document-table.ts';
import { decodeFields } from './decode-document.ts';

export const readDocument = (catalog: Catalog, key: Key): Stored | undefined => {
  const { table } = catalog.collection(key.collection);
  const row = table.row(key.tenant, key.id);
  return row && toStored(table, key, row);
};

export const toStored = (table: DocumentTable, { collection, tenant, id }: Key, row: Row): Stored => ({
  key: { collection, tenant, id },
  version: Number(row[versionAt]),
  fields: decodeFields(table, row),
});
