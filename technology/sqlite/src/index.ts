/** What the SQLite adapters share: one file, opened with care, its format, and a bell to wake each other. */
export { Doorbell, type DoorbellOptions } from './doorbell.ts';
export { inspectFile } from './inspect-file.ts';
export { migrate } from './migrate.ts';
export {
  busyTimeoutOption,
  type FileOptions,
  fileOption,
  type Synchronous,
  synchronousOption,
} from './options.ts';
export { type InsertTarget, RowInserter, rowsAtOnce } from './row-inserter.ts';
export { SqliteFile } from './sqlite-file.ts';
export type { Cell, Row, Statement } from './statement.ts';
