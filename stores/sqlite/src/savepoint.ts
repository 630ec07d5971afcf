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

  /** Keeps what `write` has written only if it answers yes. What throws spoils the whole write of the file. */
  keepIf(write: () => boolean): boolean {
    this.#begin.run();
    const isKept = write();
    if (!isKept) this.#rollback.run(); // the savepoint itself stays
    this.#release.run();
    return isKept;
  }
}
