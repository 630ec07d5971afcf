import { type Expectation, type Fields, setField, type Write } from '@waybill/core';
import { toJson } from './cell.ts';
import { decodeBody } from './decode-document.ts';
import type { Column, DocumentTable } from './document-table.ts';
import { longestInRow } from './large-values.ts';
import { Update } from './update.ts';

export type Patch = Extract<Write, { kind: 'patch' }>;

/** Whether the patch leaves the body alone, and can so be made without reading the document. */
export const isOfColumns = (table: DocumentTable, fields: Fields): boolean =>
  table.paths.columnsOf(fields) !== undefined;

/** Whether the columns alone can tell if the expectation holds. */
export const canRequire = (table: DocumentTable, expectation: Expectation): boolean => {
  if (expectation.kind !== 'fields') return expectation.kind === 'version';
  const { fields } = expectation;
  const columns = table.paths.columnsOf(fields);
  if (columns === undefined) return false;
  for (const { field } of columns) {
    const value = fields[field];
    if (typeof value === 'string' && value.length >= longestInRow) return false;
  }
  return true;
};

export const requireInUpdate = (update: Update, table: DocumentTable, expectation: Expectation): void => {
  if (expectation.kind === 'version') update.requireVersion(expectation.version);
  if (expectation.kind !== 'fields') return;
  for (const column of table.paths.columnsOf(expectation.fields) ?? [])
    update.requireColumn(column, expectation.fields[column.field] ?? null);
};

/** Patches a document that is known to be there. */
export const patchExisting = (table: DocumentTable, patch: Patch, version: number): void => {
  const update = new Update(table, patch.key, version);
  setColumns(update, table, patch.fields);
  if (!isOfColumns(table, patch.fields)) update.setBody(patchedBody(table, patch));
  update.run();
};

/** Those that have a column. */
export const setColumns = (update: Update, table: DocumentTable, fields: Fields): void => {
  for (const column of table.paths.columnsOf(fields) ?? columnsAmong(table, fields))
    update.setColumn(column, fields[column.field]);
};

const columnsAmong = ({ byField }: DocumentTable, fields: Fields): readonly Column[] =>
  Object.keys(fields).flatMap((field) => byField.get(field) ?? []);

const patchedBody = (table: DocumentTable, { key, fields }: Patch): string | undefined => {
  const body = decodeBody(table, table.row(key.tenant, key.id));
  for (const field of Object.keys(fields)) {
    if (table.byField.has(field)) continue;
    const value = fields[field];
    if (value === undefined) delete body[field];
    else setField(body, field, value);
  }
  return Object.keys(body).length > 0 ? toJson(body) : undefined;
};
