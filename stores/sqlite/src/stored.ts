import { type Key, pickFields, type Stored } from '@waybill/core';
import type { Row } from '@waybill/sqlite';
import type { Catalog } from './catalog.ts';
import { docAt, type DocumentTable, versionAt } from './document-table.ts';
import { decodeFields } from './decode-document.ts';

export const readDocument = (catalog: Catalog, key: Key): Stored | undefined =>
  readRow(catalog.collection(key.collection).table, key);

export const readRow = (table: DocumentTable, key: Key): Stored | undefined => {
  const row = table.row(key.tenant, key.id);
  return row && toStored(table, key, row);
};

/** Remembers it: what is read is often written next. */
export const toStored = (table: DocumentTable, { collection, tenant, id }: Key, row: Row): Stored => {
  const version = Number(row[versionAt]);
  const fields = decodeFields(table, row);
  table.recent.remember(id, { tenant, doc: Number(row[docAt]), version, fields: { ...fields } });
  return { key: { collection, tenant, id }, version, fields };
};

/** As much of it as was asked for; all of it is remembered. */
export const toBrief = (
  table: DocumentTable,
  { collection, tenant, id }: Key,
  row: Row,
  only: readonly string[],
): Stored => {
  const version = Number(row[versionAt]);
  const { share } = table.texts;
  const fields = decodeFields(table, row, share);
  table.recent.remember(id, { tenant: share(tenant), doc: Number(row[docAt]), version, fields });
  return { key: { collection, tenant, id }, version, fields: pickFields(fields, only) };
};
