import type { Fields, Key } from '@waybill/core';
import { type Cell, type Row, RowInserter, type SqliteFile, type Statement } from '@waybill/sqlite';
import { FieldPaths } from './field-path.ts';
import { type LargeValue, LargeValues } from './large-values.ts';
import { quoteName } from './quote-name.ts';
import { type Recent, RecentDocuments, patched } from './recent-documents.ts';
import { Shape } from './shape.ts';
import { SharedTexts } from './shared-texts.ts';

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

/** Rows begin with these; the columns follow in their order. */
export const versionAt = 0;
export const bodyAt = 1;
export const docAt = 2;
export const columnsAt = 3;

/** What `encodeDocument` makes. The cells are tenant, id, whether anything is large, version, body, and the columns. */
export interface EncodedDocument {
  readonly key: Key;
  readonly version: number;
  readonly fields: Fields;
  /** Names the cells. */
  readonly shape: Shape;
  readonly cells: readonly Cell[];
  readonly large: readonly LargeValue[];
}

/** Shapes of patches are a program's own, but documents may come from anywhere. */
const mostStatements = 500;
/** Each has several statements, for many rows. */
const mostInserters = 50;

/** The table of one collection as it was when the catalog was read, and its prepared statements. */
export class DocumentTable {
  readonly collection: string;
  /** Quoted. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly byField: ReadonlyMap<string, Column>;
  readonly paths: FieldPaths;
  /** The quoted name of an index by its definition. */
  readonly indexes: ReadonlyMap<string, string>;
  readonly largeValues: LargeValues;
  /** What to select so that a row reads as `versionAt` and the others say. */
  readonly rowColumns: string;
  readonly #file: SqliteFile;
  readonly #columnNames: readonly string[];
  readonly #statements = new Map<string, Statement>();
  readonly recent = new RecentDocuments();
  readonly texts = new SharedTexts();
  #shapes = newShapes();
  readonly #inserters = new Map<Shape, RowInserter>();

  constructor(
    file: SqliteFile,
    collection: string,
    columns: readonly Column[],
    indexes: ReadonlyMap<string, string>,
  ) {
    const names = columns.map(({ name }) => name);
    this.#file = file;
    this.collection = collection;
    this.name = tableName(collection);
    this.columns = columns;
    this.byField = new Map(columns.map((column) => [column.field, column]));
    this.paths = new FieldPaths(this.byField);
    this.indexes = indexes;
    this.largeValues = new LargeValues(file, collection);
    this.rowColumns = ['version', 'body', 'doc', ...names].join(', ');
    this.#columnNames = names;
  }

  /** The statement of this name, prepared when it is first asked for. */
  statement(name: string, sql: () => string): Statement {
    let statement = this.#statements.get(name);
    if (statement === undefined) {
      if (this.#statements.size === mostStatements) this.#statements.clear();
      statement = this.#file.prepare(sql());
      this.#statements.set(name, statement);
    }
    return statement;
  }

  /** Where an INSERT begins, and an UPDATE of one row: found by its key, or as it was lately. */
  get shapes(): Shapes {
    const { byKey, byRow, ofInserts } = this.#shapes;
    if (byKey.isWorn || byRow.isWorn || ofInserts.isWorn) this.#shapes = newShapes();
    return this.#shapes;
  }

  prepareUpdate({ assignments, conditions }: Shape, returning = ''): Statement {
    const [set, where] = [assignments.join(', '), conditions.join(' AND ')];
    return this.#file.prepare(`UPDATE ${this.name} SET ${set} WHERE ${where}${returning}`);
  }

  row(tenant: string, id: string): Row | undefined {
    const sql = (): string => `SELECT ${this.rowColumns} FROM ${this.name} WHERE tenant = ? AND id = ?`;
    return this.statement('row', sql).get(tenant, id);
  }

  version(tenant: string, id: string): Cell | undefined {
    const sql = (): string => `SELECT version FROM ${this.name} WHERE tenant = ? AND id = ?`;
    return this.statement('version', sql).get(tenant, id)?.[0];
  }

  /** Answers whether there was no such document yet. */
  insert({ shape, cells, large }: EncodedDocument): boolean {
    const { changes, lastInsertRowid } = this.#insert(shape).run(...cells);
    if (Number(changes) === 0) return false;
    if (large.length > 0) this.largeValues.write(Number(lastInsertRowid), large);
    return true;
  }

  /** As `insert`, of many at once, which may be written again soon. If it answers no, some may have been inserted. */
  insertAll(documents: readonly EncodedDocument[], willBeWritten = false): boolean {
    const byShape = Map.groupBy(documents, ({ shape, large }) => (large.length > 0 ? undefined : shape));
    for (const [shape, alike] of byShape) {
      if (shape === undefined) {
        if (!alike.every((document) => this.insert(document))) return false;
        continue;
      }
      const { count, lastRowid } = this.#inserter(shape).insert(alike.map(({ cells }) => cells));
      if (count < alike.length) return false;
      if (willBeWritten) this.#rememberAll(alike, lastRowid + 1 - alike.length);
    }
    return true;
  }

  #rememberAll(documents: readonly EncodedDocument[], first: number): void {
    for (const [i, { key, version, fields }] of documents.entries()) {
      const { tenant, id } = key;
      this.recent.remember(id, { tenant, doc: first + i, version, fields: patched({}, fields) });
    }
  }

  /** As `insert`, of a document that will be written again soon. */
  insertAndRemember(document: EncodedDocument): boolean {
    const { key, version, fields, shape, cells, large } = document;
    if (large.length > 0) return this.insert(document);
    const { changes, lastInsertRowid } = this.#insert(shape).run(...cells);
    if (Number(changes) === 0) return false;
    const { tenant, id } = key;
    this.recent.remember(id, { tenant, doc: Number(lastInsertRowid), version, fields: patched({}, fields) });
    return true;
  }

  /** As if it were new, since most are; that costs less than to ask for what there was. */
  put(document: EncodedDocument): void {
    if (this.insert(document)) return;
    const { shape, cells, large } = document;
    const name = `put ${shape.assignments.join()}`;
    const [doc, hasLarge] = this.statement(name, () => this.#putSql(shape)).get(...cells) ?? [];
    if (hasLarge !== 1) return;
    this.largeValues.clear(Number(doc));
    this.largeValues.write(Number(doc), large);
  }

  /** Whether the row is still what was seen lately. */
  isStill({ doc, version }: Recent): boolean {
    const sql = (): string => `SELECT version FROM ${this.name} WHERE doc = ?`;
    return this.statement('still', sql).get(doc)?.[0] === version;
  }

  delete(tenant: string, id: string): void {
    const sql = (): string => `DELETE FROM ${this.name} WHERE tenant = ? AND id = ? RETURNING doc, large`;
    const [doc, hasLarge] = this.statement('delete', sql).get(tenant, id) ?? [];
    if (hasLarge === 1) this.largeValues.clear(Number(doc));
  }

  #insert(shape: Shape): Statement {
    shape.statement ??= this.#file.prepare(`${this.#insertSql(shape)} ON CONFLICT DO NOTHING`);
    return shape.statement;
  }

  #inserter(shape: Shape): RowInserter {
    let inserter = this.#inserters.get(shape);
    if (inserter === undefined) {
      if (this.#inserters.size === mostInserters) this.#inserters.clear();
      const columns = shape.assignments;
      inserter = new RowInserter(this.#file, { table: this.name, columns, onConflict: 'DO NOTHING' });
      this.#inserters.set(shape, inserter);
    }
    return inserter;
  }

  #insertSql({ assignments: names }: Shape): string {
    return `INSERT INTO ${this.name} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`;
  }

  /** A row that had something large remembers it: there may be remains. Columns that are not named become NULL. */
  #putSql(shape: Shape): string {
    const set = [
      'large = max(large, excluded.large)',
      ...['version', 'body', ...this.#columnNames].map((name) => `${name} = excluded.${name}`),
    ];
    return `${this.#insertSql(shape)} ON CONFLICT (tenant, id) DO UPDATE SET ${set.join(', ')} RETURNING doc, large`;
  }
}

type Shapes = ReturnType<typeof newShapes>;

const newShapes = () => ({
  ofInserts: new Shape(['tenant', 'id', 'large', 'version', 'body'], []),
  byKey: new Shape(['version = ?'], ['tenant = ?', 'id = ?']),
  byRow: new Shape(['version = ?'], ['doc = ?', 'version = ?']),
});

export const tableName = (collection: string): string => quoteName(`waybill_doc_${collection}`);
