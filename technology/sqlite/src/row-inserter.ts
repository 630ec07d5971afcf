import type { SqliteFile } from './sqlite-file.ts';
import type { Cell, Row, Statement } from './statement.ts';

/** Of one statement: with more of them a row costs no less. */
export const rowsAtOnce = 20;
/** As many as there are bits in a small number; those behind them count as different. */
const mostCompared = 31;
/** Each is of some kilobytes. Rows that differ in yet another way are inserted as if all of their cells differed. */
const mostStatements = 8;
const allColumns = -1;

/** What the rows are inserted into, and what is done about those that cannot be. */
export interface InsertTarget {
  /** Quoted. */
  readonly table: string;
  /** Quoted; each row has a cell for each of them, in their order. */
  readonly columns: readonly string[];
  readonly onConflict?: 'DO NOTHING';
}

export interface Inserted {
  readonly count: number;
  readonly lastRowid: number;
}

/**
 * Inserts rows many at a time, with one parameter for a cell that all of them share: half of what a row costs
 * otherwise is to hand over its cells and to run a statement.
 */
export class RowInserter {
  readonly #file: SqliteFile;
  readonly #target: InsertTarget;
  /** By the columns whose cells differ, a bit for each. */
  readonly #statements = new Map<number, Statement>();
  #single: Statement | undefined;

  constructor(file: SqliteFile, target: InsertTarget) {
    this.#file = file;
    this.#target = target;
  }

  /**
   * Answers how many rows were inserted, and the rowid of the last one: where all were, and nobody chose their rowids, those
   * of the others are the numbers before it. Inside a write.
   */
  insert(rows: readonly Row[]): Inserted {
    let count = 0;
    let lastRowid = 0;
    const note = ({ changes, lastInsertRowid }: ReturnType<Statement['run']>): void => {
      count += Number(changes);
      lastRowid = Number(lastInsertRowid);
    };
    let from = 0;
    for (; from + rowsAtOnce <= rows.length; from += rowsAtOnce) {
      note(this.#insertTogether(rows.slice(from, from + rowsAtOnce)));
    }
    for (const row of rows.slice(from)) {
      this.#single ??= this.#file.prepare(this.#sql(`(${row.map(() => '?').join(', ')})`));
      note(this.#single.run(...row));
    }
    return { count, lastRowid };
  }

  #insertTogether(rows: readonly Row[]): ReturnType<Statement['run']> {
    const differing = this.#prepared(differingColumns(rows));
    const cells: Cell[] = [];
    for (const [column, cell] of rows[0]?.entries() ?? []) if (!isIn(differing, column)) cells.push(cell);
    for (const row of rows) {
      for (let column = 0; column < row.length; column++) {
        if (isIn(differing, column)) cells.push(row[column] ?? null);
      }
    }
    return this.#statement(differing).run(...cells);
  }

  /** The columns of a statement that does for these. */
  #prepared(differing: number): number {
    return this.#statements.size < mostStatements || this.#statements.has(differing) ? differing : allColumns;
  }

  #statement(differing: number): Statement {
    let statement = this.#statements.get(differing);
    if (statement === undefined) {
      statement = this.#file.prepare(this.#sql(this.#manyRows(differing)));
      this.#statements.set(differing, statement);
    }
    return statement;
  }

  /** Parameters in the order of `#insertTogether`: what the rows share, then row by row what differs. */
  #manyRows(differing: number): string {
    let next = 1;
    const shared = this.#target.columns.map((_, column) => (isIn(differing, column) ? undefined : next++));
    const rows = Array.from({ length: rowsAtOnce }, () => {
      const cells = shared.map((parameter) => `?${parameter ?? next++}`);
      return `(${cells.join(', ')})`;
    });
    return rows.join(', ');
  }

  #sql(rows: string): string {
    const { table, columns, onConflict } = this.#target;
    const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${rows}`;
    return onConflict === undefined ? sql : `${sql} ON CONFLICT ${onConflict}`;
  }
}

/** A bit for each column in which not all rows have the same cell. */
const differingColumns = (rows: readonly Row[]): number => {
  const [first = []] = rows;
  let differing = 0;
  for (let column = 0; column < first.length && column < mostCompared; column++) {
    const cell = first[column];
    for (const row of rows) {
      if (row[column] === cell) continue;
      differing |= 1 << column;
      break;
    }
  }
  return differing;
};

const isIn = (columns: number, column: number): boolean =>
  column >= mostCompared || (columns & (1 << column)) !== 0;
