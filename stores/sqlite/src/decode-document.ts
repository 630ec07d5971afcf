import { type Fields, type Json, setField } from '@waybill/core';
import type { Row } from '@waybill/sqlite';
import { decodeCell } from './cell.ts';
import { bodyAt, columnsAt, type DocumentTable, docAt } from './document-table.ts';
import { bodySlot, elsewhere, slotOf } from './large-values.ts';

/**
 * Only inside a read of several statements, as large values are read after their row. `share` may answer a text that is
 * equal and there already.
 */
export const decodeFields = (
  table: DocumentTable,
  row: Row,
  share: (text: string) => string = (text) => text,
): Fields => {
  const fields = decodeBody(table, row);
  for (const { field, position } of table.columns) {
    const cell = row[columnsAt + position];
    if (cell === null || cell === undefined) continue;
    const whole = cell === elsewhere ? table.largeValues.read(Number(row[docAt]), slotOf(position)) : cell;
    const value = decodeCell(whole);
    setField(fields, field, typeof value === 'string' ? share(value) : value);
  }
  return fields;
};

/** The fields that have no column of their own. */
export const decodeBody = (table: DocumentTable, row: Row | undefined): Record<string, Json> => {
  const body = row?.[bodyAt];
  if (typeof body !== 'string') return {};
  const json = body === elsewhere ? table.largeValues.read(Number(row?.[docAt]), bodySlot) : body;
  return JSON.parse(json) as Record<string, Json>; // what encodeDocument wrote
};
