import type { SqliteFile, Statement } from '@waybill/sqlite';

/** A place inside a write of the file to which it can be taken back. */
export class Savepoint {
  readonly #begin: Statement;
  readonly #rollback: Statement;
  readonly #release: Statement;

  constructor(file: SqliteFile) {
    this.#begin = file.prepare('SAVEPOINT waybill');
    this.#rollback = file.prepare('ROLLBACK TO waybill');
    this.#release = file.prepare('RELEASE waybill');
  }

  begin(): void {
    this.#begin.run();
  }

  /** What was written since is undone; the savepoint stays. */
  rollback(): void {
    this.#rollback.run();
  }

  release(): void {
    this.#release.run();
  }
}
