import {
  checkKey,
  type Coalescer,
  type CollectionSpec,
  type CommitOutcome,
  ClosedError,
  coalesce,
  type DocumentStore,
  isWaybillError,
  type Key,
  type Page,
  type Query,
  type StoreCapabilities,
  type Stored,
  type Transaction,
  type WaybillError,
} from '@waybill/core';
import { migrate, SqliteFile } from '@waybill/sqlite';
import { Catalog } from './catalog.ts';
import { find } from './find.ts';
import { type SqliteStoreOptions, sqliteStoreOptions } from './options.ts';
import { storeFormat } from './schema.ts';
import { readDocument } from './stored.ts';
import { transactAll } from './transact-all.ts';
import { Versions } from './versions.ts';

type Batch = readonly Transaction[];
type Answer = readonly CommitOutcome[] | WaybillError;

/** Opens the store in a file, which is made if need be. */
export const openSqliteStore = async (options: Partial<SqliteStoreOptions> = {}): Promise<SqliteStore> => {
  const complete = sqliteStoreOptions.parse(options);
  const file = await SqliteFile.open(complete);
  try {
    await migrate(file, 'store', storeFormat);
    return new SqliteStore(file, complete);
  } catch (error) {
    await file.close();
    throw error;
  }
};

/** Documents in one SQLite file; see `openSqliteStore`. */
export class SqliteStore implements DocumentStore {
  readonly capabilities: StoreCapabilities;
  readonly #file: SqliteFile;
  readonly #catalog: Catalog;
  readonly #versions: Versions;
  readonly #commits: Coalescer<Batch, Answer>;
  #closed: Promise<void> | undefined;

  constructor(file: SqliteFile, { synchronous }: Pick<SqliteStoreOptions, 'synchronous'>) {
    this.#file = file;
    this.#catalog = new Catalog(file);
    this.#versions = new Versions(file);
    this.#commits = coalesce((batches) => this.#commitAll(batches));
    const durability = synchronous === 'full' ? 'disk' : 'process';
    this.capabilities = { atomicity: 'native', durability, shared: true, rangeValidation: true };
  }

  prepare(collections: readonly CollectionSpec[]): Promise<void> {
    return this.#catalog.declare(collections);
  }

  get(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]> {
    return this.#file.snapshot(() => {
      this.#catalog.refresh();
      return keys.map((key) => {
        checkKey(key);
        return readDocument(this.#catalog, key);
      });
    });
  }

  find(query: Query): Promise<Page> {
    return this.#file.snapshot(() => {
      this.#catalog.refresh();
      return find(this.#catalog.serving(query), query);
    });
  }

  async commit(batch: Batch): Promise<readonly CommitOutcome[]> {
    if (this.#closed !== undefined) throw new ClosedError('the store is closed');
    const answer = await this.#commits.add(batch);
    if (isWaybillError(answer)) throw answer;
    return answer;
  }

  async now(): Promise<number> {
    if (this.#closed !== undefined) throw new ClosedError('the store is closed');
    return Date.now();
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#commits.idle();
    await this.#file.close();
  }

  /** Group commit: one write of the file, and one wait for the disk, for all who commit at this moment. */
  async #commitAll(batches: readonly Batch[]): Promise<readonly Answer[]> {
    try {
      return await this.#commitTogether(batches);
    } catch (error) {
      if (!isWaybillError(error)) throw error;
      if (batches.length === 1 || error.code !== 'WB_PAYLOAD') return batches.map(() => error);
    }
    return this.#commitOneByOne(batches); // a wrong call must not fail those that came with it
  }

  async #commitOneByOne(batches: readonly Batch[]): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (const batch of batches) {
      try {
        answers.push(...(await this.#commitTogether([batch])));
      } catch (error) {
        if (!isWaybillError(error)) throw error;
        answers.push(error);
      }
    }
    return answers;
  }

  async #commitTogether(batches: readonly Batch[]): Promise<readonly (readonly CommitOutcome[])[]> {
    let committed = false;
    try {
      const outcomes = await this.#file.write(() => {
        this.#catalog.refresh();
        const all = transactAll(this.#catalog, this.#versions, batches.flat());
        let from = 0;
        return batches.map(({ length }) => all.slice(from, (from += length)));
      });
      committed = true;
      return outcomes;
    } finally {
      this.#versions.settle(committed);
      if (!committed) this.#catalog.forgetRecent();
    }
  }
}
