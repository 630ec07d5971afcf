import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { type Closeable, ClosedError, ConfigError } from '@waybill/core';
import { Checkpointer } from './checkpointer.ts';
import { loadSqlite } from './load-sqlite.ts';
import { locateFile } from './locate-file.ts';
import type { FileOptions, Synchronous } from './options.ts';
import type { Statement } from './statement.ts';
import { isBusy, resultCode, sqliteCode, translateError } from './translate-error.ts';

/**
 * How long SQLite itself waits for a lock, blocking the event loop. Longer waits are ours, and block nothing.
 */
const blockingWaitMs = 2;

/**
 * One connection to the shared file, in WAL mode: readers and one writer do not wait for each other, and every
 * commit is whole. Only WaybillErrors leave it.
 */
export class SqliteFile implements Closeable {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #busyTimeoutMs: number;
  readonly #checkpointer: Checkpointer;
  readonly #begin: Statement;
  readonly #beginImmediate: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;
  readonly #dataVersion: Statement;
  #seenDataVersion: unknown;
  #closed = false;

  /** Creates the file if need be. Throws a `ConfigError` for a place or a file that cannot be used. */
  static async open({ file, synchronous, busyTimeoutMs }: FileOptions): Promise<SqliteFile> {
    const path = await locateFile(file);
    const deadline = performance.now() + busyTimeoutMs;
    for (;;) {
      try {
        return new SqliteFile(path, connect(path, synchronous), busyTimeoutMs);
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw translateOpening(error, path);
      }
      await pause(lockPauseMs());
    }
  }

  private constructor(path: string, database: DatabaseSync, busyTimeoutMs: number) {
    this.path = path;
    this.#database = database;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#checkpointer = Checkpointer.join(path);
    this.#begin = this.prepare('BEGIN');
    this.#beginImmediate = this.prepare('BEGIN IMMEDIATE');
    this.#commit = this.prepare('COMMIT');
    this.#rollback = this.prepare('ROLLBACK');
    this.#dataVersion = this.prepare('PRAGMA data_version');
  }

  /** For statements that are run inside `read`, `snapshot` or `write` only. */
  prepare(sql: string): Statement {
    try {
      const statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      return statement as unknown as Statement; // Node's types do not know that rows are arrays now
    } catch (error) {
      throw translateError(error);
    }
  }

  /** Runs work of a single reading statement. May run it again, so it must have no other effect. */
  read<T>(work: () => T): Promise<T> {
    return this.#patiently(work);
  }

  /** All statements of the work see the same committed state. May run it again, so it must have no other effect. */
  snapshot<T>(work: () => T): Promise<T> {
    return this.#patiently(() => this.#within(this.#begin, work));
  }

  /**
   * Runs the work as the file's only writer, and commits it; resolves when it is committed. If it throws, nothing
   * was written. Runs it once.
   */
  write<T>(work: () => T): Promise<T> {
    return this.#patiently(() => this.#within(this.#beginImmediate, work));
  }

  /** As `write`, and waits for the disk although the file is `normal`; what was committed before is there, too. */
  writeToDisk<T>(work: () => T): Promise<T> {
    return this.#patiently(() => {
      // As texts, since this pragma takes effect while it is prepared. Both together cost about 4 µs.
      this.#database.exec('PRAGMA synchronous = FULL');
      try {
        return this.#within(this.#beginImmediate, work);
      } finally {
        this.#database.exec('PRAGMA synchronous = NORMAL');
      }
    });
  }

  /** Whether another connection has committed anything since this was last asked. Costs about 2 µs. */
  changedByOthers(): boolean {
    if (this.#closed) return false;
    try {
      const version = this.#dataVersion.get()?.[0];
      const changed = version !== this.#seenDataVersion;
      this.#seenDataVersion = version;
      return changed;
    } catch (error) {
      if (isBusy(error)) return true;
      throw translateError(error);
    }
  }

  /** Work is never half-way between two turns of the event loop: from the call on there is none. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#checkpointer.leave();
    try {
      this.#database.close();
    } catch (error) {
      throw translateError(error);
    }
  }

  async #patiently<T>(attempt: () => T): Promise<T> {
    let deadline: number | undefined;
    for (;;) {
      if (this.#closed) throw new ClosedError('the SQLite file is closed');
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error)) throw translateError(error);
        deadline ??= performance.now() + this.#busyTimeoutMs;
        if (performance.now() >= deadline) throw translateError(error);
      }
      await pause(lockPauseMs());
    }
  }

  #within<T>(begin: Statement, work: () => T): T {
    begin.run();
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.#abandon(error);
      throw error;
    }
    try {
      this.#commit.run();
    } catch (error) {
      this.#abandon(error);
      throw translateError(error, true);
    }
    if (begin === this.#beginImmediate) this.#checkpointer.written();
    return result;
  }

  /** SQLite has rolled back by itself after some errors: https://www.sqlite.org/lang_transaction.html */
  #abandon(reason: unknown): void {
    if (!this.#database.isTransaction) return;
    try {
      this.#rollback.run();
    } catch (error) {
      throw translateError(
        new AggregateError([reason, error], 'a transaction failed, and so did its rollback'),
      );
    }
  }
}

/** Several processes that wait for one lock should not come back together. */
const lockPauseMs = (): number => 1 + Math.random() * 4;

/**
 * In pages: 64 MB of log. A checkpoint writes each page once, however often it changed since the last one. The thread
 * has made most of it by then; what is left is what only a writer can do, to begin the log anew.
 */
const checkpointEvery = 16_000;

const connect = (path: string, synchronous: Synchronous): DatabaseSync => {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path, { timeout: blockingWaitMs });
  try {
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
    if (mode !== 'wal') {
      throw new ConfigError('the SQLite file cannot be shared: it has no write-ahead log', {
        facts: { file: path, journalMode: String(mode) },
        fix: 'put the file on a local disk',
      });
    }
    database.exec(`
      PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'};
      PRAGMA wal_autocheckpoint = ${checkpointEvery};
      PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -32768;
      PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

const translateOpening = (cause: unknown, file: string): Error => {
  const code = sqliteCode(cause);
  if (code === resultCode.notADatabase || code === resultCode.corrupt) {
    const message =
      code === resultCode.corrupt ? 'the SQLite file is damaged' : 'the file is not a SQLite database';
    return new ConfigError(message, {
      cause,
      facts: { file },
      fix: 'name another file, or restore this one from a backup',
    });
  }
  if (code === resultCode.cantOpen || code === resultCode.readOnly) {
    const fix = 'let the user of this process read and write the file and its directory';
    return new ConfigError('the SQLite file cannot be written', { cause, facts: { file }, fix });
  }
  return translateError(cause);
};
