import type { Json, Key } from '@waybill/core';
import type { Cell, SqliteFile } from '@waybill/sqlite';
import { toJson } from './cell.ts';
import { decodeBody } from './decode-document.ts';
import { docAt, type DocumentTable, versionAt } from './document-table.ts';
import { Update } from './update.ts';

const pageSize = 500;

/** Fields of existing documents that have got a column move there from the body. The documents stay what they are. */
export const moveIntoColumns = (file: SqliteFile, table: DocumentTable, fields: readonly string[]): void => {
  const columns = table.columns.filter(({ field }) => fields.includes(field));
  const page = file.prepare(
    `SELECT ${table.rowColumns}, tenant, id FROM ${table.name}
     WHERE doc > ? AND body IS NOT NULL ORDER BY doc LIMIT ${pageSize}`,
  );
  let after: Cell = -1;
  for (let rows = page.all(after); rows.length > 0; rows = page.all(after)) {
    for (const row of rows) {
      after = row[docAt] ?? null;
      const body = decodeBody(table, row);
      const present = columns.filter(({ field }) => Object.hasOwn(body, field));
      if (present.length === 0) continue;
      const update = new Update(table, keyOf(table, row), Number(row[versionAt]));
      for (const column of present) update.setColumn(column, take(body, column.field));
      update.setBody(Object.keys(body).length > 0 ? toJson(body) : undefined);
      update.run();
    }
  }
};

const keyOf = ({ collection }: DocumentTable, row: readonly Cell[]): Key => {
  const [tenant, id] = row.slice(-2).map(String);
  return { collection, tenant: tenant ?? '', id: id ?? '' };
};

const take = (body: Record<string, Json>, field: string): Json | undefined => {
  const value = body[field];
  delete body[field];
  return value;
};
