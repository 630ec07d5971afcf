import { type Attempt, thereIn } from './attempt.ts';
import { changed } from './change.ts';
import type { Contention } from './contention.ts';
import { guardKey } from './guards.ts';
import { type Held, isHeld } from './hold.ts';
import { matchIn } from './match.ts';
import type { PlannedRange } from './plan.ts';
import type { Look, Reader } from './reader.ts';
import type { SingleDocuments } from './single-documents.ts';

/** `changed`: what it has read is no longer so. `busy`: somebody holds some of it, or it moves; try again. */
export type Verdict = 'valid' | 'changed' | 'busy';

const maxLooks = 5;

/**
 * Whether what a transaction has read is still so, and nobody else holds any of it. To be asked when all of its own
 * intents are placed: of two transactions that each write what the other one has read, one then sees the other.
 */
export class Validation {
  readonly #documents: SingleDocuments;
  readonly #contention: Contention;
  readonly #reader: Reader;

  constructor(documents: SingleDocuments, contention: Contention, reader: Reader) {
    this.#documents = documents;
    this.#contention = contention;
    this.#reader = reader;
  }

  /** Ranges first: documents have not changed since before, so that all of it was so at the instant of the ranges. */
  async of(attempt: Attempt): Promise<Verdict> {
    const { ranges } = attempt.plan;
    const looks: Look[] = [];
    for (const range of ranges) {
      const found = await this.#ofRange(attempt, range);
      if (typeof found === 'string') return found;
      looks.push(found);
    }
    if (ranges.length > 1 && !(await this.#stand(ranges, looks))) return 'busy';
    return this.#ofReads(attempt);
  }

  /** Whether nothing has moved, and nothing of it was written, since before the first range was looked at. */
  async #stand(ranges: readonly PlannedRange[], looks: readonly Look[]): Promise<boolean> {
    const seen = looks.flatMap(({ page }, i) => page.documents.slice(0, ranges[i]?.query.limit));
    const guards = ranges.map(({ query }) => guardKey(query.collection));
    const now = await this.#documents.read([...guards, ...seen.map(({ key }) => key)]);
    const before = [...looks.map(({ guard }) => guard), ...seen.map(({ stamp }) => stamp)];
    return before.every((stamp, i) => stamp === now[i]?.stamp);
  }

  async #ofReads(attempt: Attempt): Promise<Verdict> {
    const { reads, writes, startedAt, plan } = attempt;
    // One document alone was as it was when it was read.
    const isAlone = writes.length === 0 && reads.length === 1 && plan.ranges.length === 0;
    if (reads.length === 0 || isAlone) return 'valid';
    const now = await this.#documents.read(reads);
    const held = now.filter(isHeld);
    if (held.length > 0) {
      await this.#contention.settle(held, startedAt);
      return 'busy';
    }
    const isSame = reads.every((key, i) => now[i]?.stamp === thereIn(attempt, key)?.stamp);
    return isSame ? 'valid' : 'busy';
  }

  async #ofRange(attempt: Attempt, { query, seen }: PlannedRange): Promise<'changed' | 'busy' | Look> {
    for (let looks = 0; looks < maxLooks; looks++) {
      const look = await this.#reader.look(query, attempt);
      if (look === undefined) continue;
      const documents = look.page.documents.slice(0, query.limit);
      const isSame =
        documents.length === seen.length &&
        documents.every(
          ({ key, version }, i) =>
            seen[i]?.tenant === key.tenant && seen[i]?.id === key.id && seen[i]?.version === version,
        );
      if (!isSame) return 'changed';
      return look.held.some((held) => concerns(held, query)) ? 'busy' : look;
    }
    return 'busy';
  }
}

/** Whether the document is in the range, or will be if its transaction commits. */
const concerns = ({ key, fields, intent }: Held, query: PlannedRange['query']): boolean => {
  const after = changed(fields, intent.change);
  return (
    matchIn(query, { key, ...(fields && { fields }) }) !== undefined ||
    matchIn(query, { key, ...(after && { fields: after }) }) !== undefined
  );
};
