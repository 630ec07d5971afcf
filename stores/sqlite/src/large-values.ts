import type { Cell, SqliteFile, Statement } from '@waybill/sqlite';
import { quoteName } from './quote-name.ts';

/**
 * Text with more characters than this lies beside the row, which then holds `elsewhere`: SQLite rewrites a whole row
 * whenever one of its columns changes, and a payload should not be written again with every change of a status.
 */
export const longestInRow = 1_000;

/** No other cell and no body looks so: JSON does not begin with `~`. */
export const elsewhere = '\u0001~';

export interface LargeValue {
  readonly slot: number;
  readonly text: string;
}

/** The body, and then the columns by their position: fewer than SQLite's 2,000. */
export const bodySlot = 0;
export const slotOf = (position: number): number => position + 1;
const slotsPerDocument = 4_096;

export const isLarge = (cell: Cell): cell is string => typeof cell === 'string' && cell.length > longestInRow;

/** SQL: the text that a row of the collection's table has in this slot. */
export const largeValueSql = (collection: string, slot: number): string =>
  `(SELECT text FROM ${largeTableName(collection)} WHERE place = doc * ${slotsPerDocument} + ${slot})`;

export const createLargeTableSql = (collection: string): string =>
  `CREATE TABLE IF NOT EXISTS ${largeTableName(collection)} (
     place INTEGER PRIMARY KEY, text TEXT NOT NULL
   ) STRICT`;

/**
 * What lies beside the rows of one collection. A value that its row no longer points to may stay behind until the
 * document is put or deleted as a whole; it is never read.
 */
export class LargeValues {
  readonly #read: Statement;
  readonly #write: Statement;
  readonly #clear: Statement;

  constructor(file: SqliteFile, collection: string) {
    const name = largeTableName(collection);
    this.#read = file.prepare(`SELECT text FROM ${name} WHERE place = ?`);
    this.#write = file.prepare(`INSERT OR REPLACE INTO ${name} VALUES (?, ?)`);
    this.#clear = file.prepare(`DELETE FROM ${name} WHERE place >= ? AND place < ?`);
  }

  read(doc: number, slot: number): string {
    return String(this.#read.get(doc * slotsPerDocument + slot)?.[0]);
  }

  write(doc: number, values: readonly LargeValue[]): void {
    for (const { slot, text } of values) this.#write.run(doc * slotsPerDocument + slot, text);
  }

  clear(doc: number): void {
    this.#clear.run(doc * slotsPerDocument, (doc + 1) * slotsPerDocument);
  }
}

const largeTableName = (collection: string): string => quoteName(`waybill_large_${collection}`);
