import { type Fields, type Json, type Key, setField } from '@waybill/core';
import type { Cell } from '@waybill/sqlite';
import { encodeCell, toJson } from './cell.ts';
import type { Column, DocumentTable, EncodedDocument } from './document-table.ts';
import { bodySlot, elsewhere, isLarge, type LargeValue, slotOf } from './large-values.ts';

const largeAt = 2;
const bodyAt = 4;
const nothingLarge: readonly LargeValue[] = [];

export const encodeDocument = (
  table: DocumentTable,
  key: Key,
  version: number,
  fields: Fields,
): EncodedDocument => {
  const cells: Cell[] = [key.tenant, key.id, 0, version, null];
  let shape = table.shapes.ofInserts;
  let body: Record<string, Json> | undefined;
  let large = nothingLarge;
  for (const field of Object.keys(fields)) {
    const value = fields[field];
    if (value === undefined) continue;
    const column = table.byField.get(field);
    if (column === undefined) {
      setField((body ??= {}), field, value);
      continue;
    }
    const cell = encodeCell(value);
    const isApart = isLargeColumn(column, cell);
    shape = shape.with(column.position, column.name);
    cells.push(isApart ? elsewhere : cell);
    if (isApart) large = [...large, { slot: slotOf(column.position), text: cell }];
  }
  if (body !== undefined) {
    const json = toJson(body);
    cells[bodyAt] = isLarge(json) ? elsewhere : json;
    if (isLarge(json)) large = [...large, { slot: bodySlot, text: json }];
  }
  if (large.length > 0) cells[largeAt] = 1;
  return { key, version, fields, shape, cells, large };
};

/** An index needs its values in the row, whatever their size. */
export const isLargeColumn = (column: Column, cell: Cell): cell is string => isLarge(cell) && !column.indexed;
