import type { SqliteFile, Statement } from '@waybill/sqlite';

/** A crash loses the rest of a block; 2^53 / 2^16 blocks last for ever. */
const blockSize = 2 ** 16;

/**
 * Versions that no process of the machine ever gives twice: each takes blocks from a counter in the file, so that
 * most transactions write no counter at all.
 */
export class Versions {
  readonly #reserve: Statement;
  #next = 0;
  #end = 0;
  #uncommitted = false;

  constructor(file: SqliteFile) {
    this.#reserve = file.prepare(`UPDATE waybill_version SET next = next + ${blockSize} RETURNING next`);
  }

  /** Only inside a write of the file. */
  next(): number {
    if (this.#next === this.#end) {
      this.#end = Number(this.#reserve.get()?.[0]);
      this.#next = this.#end - blockSize;
      this.#uncommitted = true;
    }
    return this.#next++;
  }

  /** The write was committed, or was not: then a block that was taken in it is not ours. */
  settle(committed: boolean): void {
    if (this.#uncommitted && !committed) this.#next = this.#end;
    this.#uncommitted = false;
  }
}
