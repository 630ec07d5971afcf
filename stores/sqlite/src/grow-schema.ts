import type { CollectionSpec, IndexSpec } from '@waybill/core';
import type { SqliteFile } from '@waybill/sqlite';
import { type DocumentTable, tableName } from './document-table.ts';
import { indexDefinition } from './index-definition.ts';
import { createLargeTableSql, elsewhere, largeValueSql, slotOf } from './large-values.ts';
import { moveIntoColumns } from './move-into-columns.ts';
import { quoteName } from './quote-name.ts';
import { readTable } from './read-table.ts';

/**
 * Makes the table, columns and indexes of a collection that are not there yet, also for the documents that are.
 * Inside a write: a second process finds all of it, or none.
 */
export const growSchema = (file: SqliteFile, { name, indexes = [], apart = [] }: CollectionSpec): void => {
  createTable(file, name);
  const fields = new Set([...indexes.flatMap((index) => index.fields), ...apart]);
  const missing = [...fields].filter((field) => !readTable(file, name).byField.has(field));
  for (const field of missing) addColumn(file, readTable(file, name), field);
  if (missing.length > 0) moveIntoColumns(file, readTable(file, name), missing);
  for (const index of indexes) addIndex(file, readTable(file, name), index);
};

/** With a rowid: rows of more than a few hundred bytes are faster there than in a table keyed by tenant and id. */
const createTable = (file: SqliteFile, collection: string): void => {
  file
    .prepare(
      `CREATE TABLE IF NOT EXISTS ${tableName(collection)} (
         doc INTEGER PRIMARY KEY, tenant TEXT NOT NULL, id TEXT NOT NULL,
         large INTEGER NOT NULL, version INTEGER NOT NULL, body TEXT, UNIQUE (tenant, id)
       )`,
    )
    .run();
  file.prepare(createLargeTableSql(collection)).run();
  file.prepare('INSERT OR IGNORE INTO waybill_collection VALUES (?)').run(collection);
};

/** A column has no type, so that it gives back what was put in. Its name is ours; the field's is only its end. */
const addColumn = (file: SqliteFile, table: DocumentTable, field: string): void => {
  const position = table.columns.length;
  const name = quoteName(`f${position}_${field.replaceAll(/[^A-Za-z0-9]/g, '_').slice(0, 40)}`);
  file.prepare(`ALTER TABLE ${table.name} ADD COLUMN ${name}`).run();
  file.prepare('INSERT INTO waybill_column VALUES (?, ?, ?, ?)').run(table.collection, field, position, name);
};

const addIndex = (file: SqliteFile, table: DocumentTable, index: IndexSpec): void => {
  const definition = indexDefinition(index);
  if (table.indexes.has(definition)) return;
  for (const field of index.fields) moveIntoRow(file, table, field);
  const columns = index.fields.map((field) => table.byField.get(field)?.name);
  const name = quoteName(`waybill_idx_${table.indexes.size}_${table.collection}`);
  const order = index.acrossTenants ? [...columns, 'tenant', 'id'] : ['tenant', ...columns, 'id'];
  const present = columns.map((column) => `${column} IS NOT NULL`).join(' AND ');
  file.prepare(`CREATE INDEX ${name} ON ${table.name} (${order.join(', ')}) WHERE ${present}`).run();
  file.prepare('INSERT INTO waybill_index VALUES (?, ?, ?)').run(table.collection, definition, name);
};

/** An index holds whole values. */
const moveIntoRow = (file: SqliteFile, { collection, name, byField }: DocumentTable, field: string): void => {
  const column = byField.get(field);
  if (column === undefined || column.indexed) return;
  const text = largeValueSql(collection, slotOf(column.position));
  file.prepare(`UPDATE ${name} SET ${column.name} = ${text} WHERE ${column.name} = ?`).run(elsewhere);
};
