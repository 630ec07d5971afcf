/**
 * What the file knows of its collections. A collection is a table of its own, with one column for each field that
 * is in an index or kept apart, and all other fields as JSON in `body`.
 */
export const storeFormat: readonly string[] = [
  `CREATE TABLE waybill_column (
     collection TEXT NOT NULL, field TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
     PRIMARY KEY (collection, field)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE waybill_index (
     collection TEXT NOT NULL, definition TEXT NOT NULL, name TEXT NOT NULL,
     PRIMARY KEY (collection, definition)
   ) STRICT, WITHOUT ROWID`,
  'CREATE TABLE waybill_collection (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID',
  'CREATE TABLE waybill_version (next INTEGER NOT NULL) STRICT',
  'INSERT INTO waybill_version VALUES (1)',
];
