import type { SqliteFile } from '@waybill/sqlite';
import { type Column, DocumentTable } from './document-table.ts';
import { fieldsOfDefinition } from './index-definition.ts';

/** Reads what columns and indexes the file has for a collection. */
export const readTable = (file: SqliteFile, collection: string): DocumentTable => {
  const indexes = file
    .prepare('SELECT definition, name FROM waybill_index WHERE collection = ?')
    .all(collection);
  const indexed = new Set(indexes.flatMap(([definition]) => fieldsOfDefinition(String(definition))));
  const columns = file
    .prepare('SELECT field, name FROM waybill_column WHERE collection = ? ORDER BY position')
    .all(collection)
    .map(([field, name], position): Column => {
      return {
        field: String(field),
        name: String(name),
        assignment: `${name} = ?`,
        position,
        indexed: indexed.has(String(field)),
      };
    });
  const names = new Map(indexes.map(([definition, name]) => [String(definition), String(name)]));
  return new DocumentTable(file, collection, columns, names);
};
