import type { SqliteFile, Statement } from '@waybill/sqlite';

export interface RetentionOptions {
  readonly retainMs: number;
  readonly maxMessages: number;
}

/** A hint that nobody has heard by now is worth nothing. */
const retainHintsMs = 10_000;
const trimEveryMs = 1_000;
const smallestTrim = 1_000;

/** Removes what is too old, a little at a time, as part of publishing. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #oldest: Statement;
  readonly #trim: Statement;
  readonly #trimHints: Statement;
  readonly #trimHeld: Statement;
  #trimmedAt = Number.NEGATIVE_INFINITY;
  #publishedSince = 0;

  constructor(file: SqliteFile, options: RetentionOptions) {
    this.#options = options;
    this.#oldest = file.prepare('SELECT min(cursor), max(cursor) FROM waybill_message');
    this.#trim = file.prepare('DELETE FROM waybill_message WHERE cursor < ? AND (at < ? OR cursor <= ?)');
    this.#trimHints = file.prepare('DELETE FROM waybill_message WHERE hint = 1 AND at < ?');
    this.#trimHeld = file.prepare(
      'DELETE FROM waybill_held WHERE cursor NOT IN (SELECT cursor FROM waybill_message)',
    );
  }

  /** After `published` more messages at this time. Removes faster than it is called with new ones. Inside a write. */
  afterPublishing(published: number, now: number): void {
    this.#publishedSince += published;
    if (Math.abs(now - this.#trimmedAt) < trimEveryMs) return;
    const [first, last] = (this.#oldest.get() ?? []).map(Number);
    if (first === undefined || last === undefined) return;
    const upTo = first + Math.max(smallestTrim, 2 * this.#publishedSince);
    const { retainMs, maxMessages } = this.#options;
    const { changes } = this.#trim.run(upTo, now - retainMs, last - maxMessages);
    if (Number(changes) > 0) this.#trimHeld.run();
    this.#trimHints.run(now - retainHintsMs);
    this.#trimmedAt = now;
    this.#publishedSince = 0;
  }
}
