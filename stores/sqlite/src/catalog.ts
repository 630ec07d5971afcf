import {
  checkCollectionSpec,
  checkQuery,
  type CollectionSpec,
  type IndexSpec,
  type Query,
  undeclaredCollection,
  undeclaredIndex,
} from '@waybill/core';
import type { SqliteFile, Statement } from '@waybill/sqlite';
import type { DocumentTable } from './document-table.ts';
import { growSchema } from './grow-schema.ts';
import { indexDefinition } from './index-definition.ts';
import { readTable } from './read-table.ts';
import { Savepoint } from './savepoint.ts';

export interface Declared {
  readonly table: DocumentTable;
  readonly indexes: ReadonlyMap<string, IndexSpec>;
}

/** What a query asks. */
export interface Serving {
  readonly table: DocumentTable;
  readonly index: IndexSpec;
}

/**
 * The collections that this process declared, over the tables that the file has. Another process may add columns
 * and indexes at any time, so every read and write asks for the schema's version first.
 */
export class Catalog {
  readonly #file: SqliteFile;
  readonly savepoint: Savepoint;
  readonly #schemaVersion: Statement;
  readonly #indexSpecs = new Map<string, Map<string, IndexSpec>>();
  #readAt: unknown;
  #declared = new Map<string, Declared>();

  constructor(file: SqliteFile) {
    this.#file = file;
    this.#schemaVersion = file.prepare('PRAGMA schema_version');
    this.savepoint = new Savepoint(file);
  }

  /** Inside a read, snapshot or write of the file, before anything else. */
  refresh(): void {
    const version = this.#schemaVersion.get()?.[0];
    if (version === this.#readAt) return;
    const declared = new Map<string, Declared>();
    for (const [collection, indexes] of this.#indexSpecs) {
      declared.set(collection, { table: readTable(this.#file, collection), indexes });
    }
    this.#declared = declared;
    this.#readAt = version;
  }

  collection(name: string): Declared {
    const declared = this.#declared.get(name);
    if (declared !== undefined) return declared;
    throw undeclaredCollection(name);
  }

  /** Throws a `PayloadError` for a query that no index serves. */
  serving(query: Query): Serving {
    const { table, indexes } = this.collection(query.collection);
    const index = indexes.get(query.index);
    if (index === undefined) throw undeclaredIndex(query);
    checkQuery(query, index);
    return { table, index };
  }

  /** After a write that was not committed. */
  forgetRecent(): void {
    for (const { table } of this.#declared.values()) table.recent.clear();
  }

  /** Makes what is missing of these collections. */
  async declare(specs: readonly CollectionSpec[]): Promise<void> {
    for (const spec of specs) checkCollectionSpec(spec);
    const complete = await this.#file.snapshot(() => specs.every((spec) => this.#serves(spec)));
    if (!complete) await this.#file.write(() => specs.forEach((spec) => growSchema(this.#file, spec)));
    for (const { name, indexes = [] } of specs) {
      const known = this.#indexSpecs.get(name) ?? new Map<string, IndexSpec>();
      for (const index of indexes) known.set(index.name, index);
      this.#indexSpecs.set(name, known);
    }
    this.#readAt = undefined;
  }

  #serves({ name, indexes = [], apart = [] }: CollectionSpec): boolean {
    if (this.#file.prepare('SELECT 1 FROM waybill_collection WHERE name = ?').get(name) === undefined)
      return false;
    const { byField, indexes: made } = readTable(this.#file, name);
    return (
      apart.every((field) => byField.has(field)) && indexes.every((index) => made.has(indexDefinition(index)))
    );
  }
}
