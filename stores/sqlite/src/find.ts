import {
  cursorBehind,
  type IndexPlace,
  type IndexSpec,
  type IndexValue,
  type Key,
  type Page,
  type Query,
  readCursor,
  type Seen,
} from '@waybill/core';
import type { Cell, Row } from '@waybill/sqlite';
import type { Serving } from './catalog.ts';
import { afterAllIndexValues, beforeAllIndexValues, decodeCell, encodeCell } from './cell.ts';
import { columnsAt, type DocumentTable } from './document-table.ts';
import { countSql, pageSql, type Selected } from './find-sql.ts';
import { indexDefinition } from './index-definition.ts';
import { toBrief, toStored } from './stored.ts';

/** One page. Only inside a snapshot or write of the file. */
export const find = ({ table, index }: Serving, query: Query): Page => {
  const rows = selectPage(table, index, query, 'documents', query.limit + 1);
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  const { only } = query;
  const documents = page.map((row) =>
    only === undefined
      ? toStored(table, keyOf(table, row), row)
      : toBrief(table, keyOf(table, row), row, only),
  );
  return {
    documents,
    ...(rows.length > query.limit && {
      next: cursorBehind(last && placeOf(table, index, last), query.after),
    }),
    ...(query.total && { total: countAll(table, index, query) }),
  };
};

/** What a query gives, without reading the documents. */
export const findSeen = ({ table, index }: Serving, query: Query): Seen[] => {
  const rows = selectPage(table, index, query, 'seen', query.limit);
  return rows.map(([tenant, id, version]) => {
    return { tenant: String(tenant), id: String(id), version: Number(version) };
  });
};

const selectPage = (
  table: DocumentTable,
  index: IndexSpec,
  query: Query,
  what: Selected,
  limit: number,
): readonly Row[] => {
  const { order = 'asc' } = query;
  const place = readCursor(query.after);
  const statement = table.statement(
    `page ${what} ${order} ${place !== undefined} ${indexDefinition(index)}`,
    () => pageSql(table, index, { what, order, follows: place !== undefined }),
  );
  const { tenant, range } = query;
  const placeCells = place && [
    encodeCell(place.value),
    ...(tenant === undefined ? [place.tenant] : []),
    place.id,
  ];
  return statement.all(...equalCells(query), ...(placeCells ?? []), ...rangeCells(range), limit);
};

const countAll = (table: DocumentTable, index: IndexSpec, query: Query): number => {
  const statement = table.statement(`count ${indexDefinition(index)}`, () => countSql(table, index));
  return Number(statement.get(...equalCells(query), ...rangeCells(query.range))?.[0]);
};

const equalCells = ({ tenant, equals }: Query): Cell[] => {
  const cells = equals.map(encodeCell);
  return tenant === undefined ? cells : [tenant, ...cells];
};

const rangeCells = ({ min, max }: NonNullable<Query['range']> = {}): readonly Cell[] => [
  min === undefined ? beforeAllIndexValues : encodeCell(min),
  max === undefined ? afterAllIndexValues : encodeCell(max),
];

const keyOf = (table: DocumentTable, row: Row): Key => {
  const after = columnsAt + table.columns.length;
  return { collection: table.collection, tenant: String(row[after]), id: String(row[after + 1]) };
};

const placeOf = (table: DocumentTable, index: IndexSpec, row: Row): IndexPlace => {
  const cell = row[columnsAt + Number(table.byField.get(String(index.fields.at(-1)))?.position)] ?? '';
  return { value: decodeCell(cell) as IndexValue, ...keyOf(table, row) }; // as isIndexValueSql saw to it
};
