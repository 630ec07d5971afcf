import type { Json } from '@waybill/core';
import type { Cell, SqliteFile } from '@waybill/sqlite';
import { encodeCell, toJson } from './cell.ts';
import type { DocumentTable } from './document-table.ts';
import { decodeBody } from './encode-document.ts';

const pageSize = 500;

/** Fields of existing documents that have got a column move there from the body. The documents stay what they are. */
export const moveIntoColumns = (file: SqliteFile, table: DocumentTable, fields: readonly string[]): void => {
  const columns = table.columns.filter(({ field }) => fields.includes(field));
  const page = file.prepare(
    `SELECT doc, body FROM ${table.name} WHERE doc > ? AND body IS NOT NULL ORDER BY doc LIMIT ${pageSize}`,
  );
  const assignments = ['body', ...columns.map(({ name }) => name)].map((name) => `${name} = ?`).join(', ');
  const update = file.prepare(`UPDATE ${table.name} SET ${assignments} WHERE doc = ?`);
  let after: Cell = -1;
  for (let rows = page.all(after); rows.length > 0; rows = page.all(after)) {
    for (const [doc = null, json] of rows) {
      after = doc;
      const body = decodeBody(json);
      if (!columns.some(({ field }) => Object.hasOwn(body, field))) continue;
      const cells = columns.map((column) => encodeCell(take(body, column.field)));
      update.run(Object.keys(body).length > 0 ? toJson(body) : null, ...cells, doc);
    }
  }
};

const take = (body: Record<string, Json>, field: string): Json | undefined => {
  if (!Object.hasOwn(body, field)) return undefined;
  const value = body[field];
  delete body[field];
  return value;
};
