import { type SubjectPattern, subjectPattern } from '@waybill/core';
import type { SqliteFile, Statement } from '@waybill/sqlite';

/** A listener that died without a word stays in our picture at most this long. */
const refreshEveryMs = 5_000;

/** What anybody on the machine listens to, so that a hint for nobody is not even written. */
export class Interest {
  readonly #changes: Statement;
  readonly #subjects: Statement;
  #readAt = Number.NEGATIVE_INFINITY;
  #seenChanges: unknown;
  #patterns: readonly SubjectPattern[] = [];

  constructor(file: SqliteFile) {
    this.#changes = file.prepare('SELECT count FROM waybill_interest_change');
    this.#subjects = file.prepare(
      `SELECT DISTINCT subject FROM waybill_interest
       WHERE listener IN (SELECT id FROM waybill_listener WHERE until > ?)`,
    );
  }

  /** Inside a snapshot or write; before `covers`. */
  refresh(now: number): void {
    const changes = this.#changes.get()?.[0];
    if (changes === this.#seenChanges && Math.abs(now - this.#readAt) < refreshEveryMs) return;
    this.#patterns = this.#subjects.all(now).map(([subject]) => subjectPattern(String(subject)));
    this.#seenChanges = changes;
    this.#readAt = now;
  }

  covers(subject: string): boolean {
    return this.#patterns.some((pattern) => pattern.matches(subject));
  }
}
