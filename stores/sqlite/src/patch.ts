import { type Expectation, type Fields, setField, type Write } from '@waybill/core';
import { toJson } from './cell.ts';
import { decodeBody } from './decode-document.ts';
import type { DocumentTable } from './document-table.ts';
import { longestInRow } from './large-values.ts';
import { Update } from './update.ts';

export type Patch = Extract<Write, { kind: 'patch' }>;

/** Whether the patch leaves the body alone, and can so be made without reading the document. */
export const isOfColumns = (table: DocumentTable, fields: Fields): boolean => {
  for (const field of Object.keys(fields)) if (!table.byField.has(field)) return false;
  return true;
};

/** Whether the columns alone can tell if the expectation holds. */
export const canRequire = (table: DocumentTable, expectation: Expectation): boolean => {
  if (expectation.kind !== 'fields') return expectation.kind === 'version';
  return (
    isOfColumns(table, expectation.fields) &&
    Object.values(expectation.fields).every(
      (value) => typeof value !== 'string' || value.length < longestInRow,
    )
  );
};

export const requireInUpdate = (update: Update, table: DocumentTable, expectation: Expectation): void => {
  if (expectation.kind === 'version') update.requireVersion(expectation.version);
  if (expectation.kind !== 'fields') return;
  for (const field of Object.keys(expectation.fields)) {
    const column = table.byField.get(field);
    if (column !== undefined) update.requireColumn(column, expectation.fields[field] ?? null);
  }
};

/** Patches a document that is known to be there. */
export const patchExisting = (table: DocumentTable, patch: Patch, version: number): void => {
  const update = new Update(table, patch.key, version);
  setColumns(update, table, patch.fields);
  if (!isOfColumns(table, patch.fields)) update.setBody(patchedBody(table, patch));
  update.run();
};

export const setColumns = (update: Update, table: DocumentTable, fields: Fields): void => {
  for (const field of Object.keys(fields)) {
    const column = table.byField.get(field);
    if (column !== undefined) update.setColumn(column, fields[field]);
  }
};

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
