import type { Cell, Row, SqliteFile, Statement } from '@waybill/sqlite';

export interface Column {
  readonly field: string;
  /** Quoted. */
  readonly name: string;
  /** `name = ?` */
  readonly assignment: string;
  readonly position: number;
  /** Whether any index holds it. */
  readonly indexed: boolean;
}

/** Rows begin with these two; the columns follow in their order. */
export const versionAt = 0;
export const bodyAt = 1;
export const columnsAt = 2;

/** The table of one collection as it was when the catalog was read, and its prepared statements. */
export class DocumentTable {
  readonly collection: string;
  /** Quoted. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly byField: ReadonlyMap<string, Column>;
  /** The quoted name of an index by its definition. */
  readonly indexes: ReadonlyMap<string, string>;
  /** What to select so that a row reads as `versionAt`, `bodyAt` and `columnsAt` say. */
  readonly rowColumns: string;
  /** The cells of an insert of nothing: tenant, id, then a row. */
  readonly emptyInsert: readonly Cell[];
  readonly #file: SqliteFile;
  readonly #statements = new Map<string, Statement>();

  constructor(
    file: SqliteFile,
    collection: string,
    columns: readonly Column[],
    indexes: ReadonlyMap<string, string>,
  ) {
    this.#file = file;
    this.collection = collection;
    this.name = tableName(collection);
    this.columns = columns;
    this.byField = new Map(columns.map((column) => [column.field, column]));
    this.indexes = indexes;
    this.emptyInsert = Array.from({ length: 2 + columnsAt + columns.length }, () => null);
    this.rowColumns = ['version', 'body', ...columns.map(({ name }) => name)].join(', ');
  }

  /** The statement of this name, prepared when it is first asked for. */
  statement(name: string, sql: () => string): Statement {
    let statement = this.#statements.get(name);
    if (statement === undefined) {
      statement = this.#file.prepare(sql());
      this.#statements.set(name, statement);
    }
    return statement;
  }

  row(tenant: string, id: string): Row | undefined {
    return this.statement(
      'row',
      () => `SELECT ${this.rowColumns} FROM ${this.name} WHERE tenant = ? AND id = ?`,
    ).get(tenant, id);
  }

  version(tenant: string, id: string): Cell | undefined {
    return this.statement(
      'version',
      () => `SELECT version FROM ${this.name} WHERE tenant = ? AND id = ?`,
    ).get(tenant, id)?.[0];
  }

  /** `cells` as `encodeDocument` makes them. Answers whether there was no such document yet. */
  insert(cells: readonly Cell[]): boolean {
    const statement = this.statement('insert', () => `${this.#insertSql()} ON CONFLICT DO NOTHING`);
    return Number(statement.run(...cells).changes) === 1;
  }

  put(cells: readonly Cell[]): void {
    this.statement('put', () => {
      const names = ['version', 'body', ...this.columns.map(({ name }) => name)];
      const replace = names.map((name) => `${name} = excluded.${name}`).join(', ');
      return `${this.#insertSql()} ON CONFLICT (tenant, id) DO UPDATE SET ${replace}`;
    }).run(...cells);
  }

  delete(tenant: string, id: string): void {
    this.statement('delete', () => `DELETE FROM ${this.name} WHERE tenant = ? AND id = ?`).run(tenant, id);
  }

  #insertSql(): string {
    const marks = this.emptyInsert.map(() => '?').join(', ');
    return `INSERT INTO ${this.name} (tenant, id, ${this.rowColumns}) VALUES (${marks})`;
  }
}

export const tableName = (collection: string): string => quoteName(`waybill_doc_${collection}`);
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
