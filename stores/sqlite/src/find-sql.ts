import type { IndexSpec } from '@waybill/core';
import { isIndexValueSql } from './cell.ts';
import type { DocumentTable } from './document-table.ts';
import { indexDefinition } from './index-definition.ts';

/** `documents`: a row, then tenant and id. `seen`: tenant, id, version. */
export type Selected = 'documents' | 'seen';

export interface PageShape {
  readonly what: Selected;
  readonly order: 'asc' | 'desc';
  /** Whether it begins after a place: value of the last field, tenant if across tenants, id. */
  readonly follows: boolean;
}

/** Parameters: tenant if not across tenants, values by equality, place if it follows one, min, max, limit. */
export const pageSql = (
  table: DocumentTable,
  index: IndexSpec,
  { what, order, follows }: PageShape,
): string => {
  const { source, last } = sourceOf(table, index);
  const sorted = [last, ...(index.acrossTenants ? ['tenant'] : []), 'id'];
  const range = follows ? followingSql(last, sorted, order) : `${last} >= ? AND ${last} <= ?`;
  const columns = what === 'documents' ? `${table.rowColumns}, tenant, id` : 'tenant, id, version';
  const ordered = sorted.map((column) => `${column} ${order}`).join(', ');
  return `SELECT ${columns} ${source} AND ${range} ORDER BY ${ordered} LIMIT ?`;
};

/** Parameters: tenant if not across tenants, values by equality, min, max. */
export const countSql = (table: DocumentTable, index: IndexSpec): string => {
  const { source, last } = sourceOf(table, index);
  return `SELECT count(*) ${source} AND ${last} >= ? AND ${last} <= ?`;
};

/** FROM, and WHERE for all values by equality and for the last one to be what an index holds. */
const sourceOf = (table: DocumentTable, index: IndexSpec): { source: string; last: string } => {
  const columns = index.fields.map((field) => String(table.byField.get(field)?.name));
  const last = String(columns.at(-1));
  const equals = [...(index.acrossTenants ? [] : ['tenant']), ...columns.slice(0, -1)];
  const where = [...equals.map((column) => `${column} = ?`), isIndexValueSql(last)].join(' AND ');
  const name = table.indexes.get(indexDefinition(index));
  return { source: `FROM ${table.name} INDEXED BY ${name} WHERE ${where}`, last };
};

/** Seeks to the place. The end of the range that the place stands for is only checked: `+` keeps it off the index. */
const followingSql = (last: string, sorted: readonly string[], order: 'asc' | 'desc'): string => {
  const marks = sorted.map(() => '?').join(', ');
  const place = `(${sorted.join(', ')}) ${order === 'asc' ? '>' : '<'} (${marks})`;
  const [min, max] = order === 'asc' ? [`+${last}`, last] : [last, `+${last}`];
  return `${place} AND ${min} >= ? AND ${max} <= ?`;
};
