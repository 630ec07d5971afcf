import { type Fields, type Json, type Key, PayloadError } from '@waybill/core';
import type { Cell, Row } from '@waybill/sqlite';
import { decodeCell, encodeCell, toJson } from './cell.ts';
import { bodyAt, type Column, columnsAt, type DocumentTable } from './document-table.ts';

/** The cells of an insert: tenant, id, then a row. */
export const encodeDocument = (table: DocumentTable, key: Key, version: number, fields: Fields): Cell[] => {
  const cells = table.emptyInsert.slice();
  cells[0] = key.tenant;
  cells[1] = key.id;
  cells[2] = version;
  let body: Record<string, Json> | undefined;
  for (const field of Object.keys(fields)) {
    const value = fields[field];
    if (value === undefined) continue;
    const column = table.byField.get(field);
    if (column === undefined) setField((body ??= {}), field, value);
    else cells[2 + columnsAt + column.position] = encodeColumn(column, value);
  }
  if (body !== undefined) cells[2 + bodyAt] = toJson(body);
  return cells;
};

/** Throws a `PayloadError` for a string that an index could not find again. */
export const encodeColumn = (column: Column, value: Json | undefined): Cell => {
  const cell = encodeCell(value);
  if (column.indexed && typeof value === 'string' && !value.isWellFormed()) {
    throw new PayloadError(`the indexed field ${column.field} holds a lone surrogate, which is no text`);
  }
  return cell;
};

export const decodeFields = (table: DocumentTable, row: Row): Fields => {
  const fields = decodeBody(row[bodyAt]);
  for (const { field, position } of table.columns) {
    const cell = row[columnsAt + position];
    if (cell !== null && cell !== undefined) setField(fields, field, decodeCell(cell));
  }
  return fields;
};

export const decodeBody = (body: Cell | undefined): Record<string, Json> =>
  typeof body === 'string' ? (JSON.parse(body) as Record<string, Json>) : {}; // what encodeDocument wrote

/** Assigning `__proto__` would set a prototype. */
export const setField = (fields: Record<string, Json>, field: string, value: Json): void => {
  if (field !== '__proto__') fields[field] = value;
  else Object.defineProperty(fields, field, { value, enumerable: true, configurable: true, writable: true });
};
