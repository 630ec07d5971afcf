/** What SQLite stores in one cell. JavaScript's numbers arrive as REAL and come back as they were. */
export type Cell = null | number | string | Uint8Array;
export type Row = readonly Cell[];

/** A prepared statement with positional parameters, whose rows are arrays: the leanest way in and out. */
export interface Statement {
  run(...cells: readonly Cell[]): {
    readonly changes: number | bigint;
    readonly lastInsertRowid: number | bigint;
  };
  get(...cells: readonly Cell[]): Row | undefined;
  all(...cells: readonly Cell[]): readonly Row[];
}
