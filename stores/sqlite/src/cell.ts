import { checkJson, type Json } from '@waybill/core';
import type { Cell } from '@waybill/sqlite';

/**
 * A field in a column of its own. Strings and numbers are stored as they are, so that an index orders them; absent
 * is NULL. All else is `\u0001` and its JSON: as text, since a BLOB costs Node several times as much. A string that
 * begins with `\u0001` gets a second one. That keeps the order of strings, as JSON never begins so.
 */
export const encodeCell = (value: Json | undefined): Cell => {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) checkJson(value, what);
      return value.charCodeAt(0) === 1 ? mark + value : value;
    case 'number':
      if (!Number.isFinite(value)) checkJson(value, what);
      return value + 0; // JSON has no negative zero
    case 'boolean':
      return value ? trueCell : falseCell;
    case 'undefined':
      return null;
    default:
      return value === null ? nullCell : toJsonCell(value);
  }
};

export const decodeCell = (cell: Exclude<Cell, null>): Json => {
  if (typeof cell !== 'string') return Number(cell);
  if (cell.charCodeAt(0) !== 1) return cell;
  return cell.charCodeAt(1) === 1 ? cell.slice(1) : (JSON.parse(cell.slice(1)) as Json); // what toJsonCell wrote
};

/** Throws a `PayloadError` for what JSON cannot carry. */
export const toJson = (value: unknown): string => {
  checkJson(value, what);
  return JSON.stringify(value);
};

/** The ends of what an index holds. */
export const beforeAllIndexValues: Cell = Number.NEGATIVE_INFINITY;
export const afterAllIndexValues: Cell = new Uint8Array(0);

/** SQL: the cell is no JSON. All JSON lies between `\u0001\u0001…`, the last string of that kind, and `\u0002`. */
export const isIndexValueSql = (column: string): string => `(${column} < char(1, 2) OR ${column} >= char(2))`;

const what = 'a document';
const mark = '\u0001';
const toJsonCell = (value: unknown): string => mark + toJson(value);

const trueCell = toJsonCell(true);
const falseCell = toJsonCell(false);
export const nullCell = toJsonCell(null);
