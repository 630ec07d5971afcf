import { isWaybillError, type Key, keyName, type Runtime, sleep } from '@waybill/core';
import type { RawAnswer, RawWrite } from './raw-write.ts';
import type { SingleDocuments } from './single-documents.ts';

/** `unknown`: it may have happened, and another write has come after it. */
export type SureAnswer = RawAnswer | 'unknown';

/** Who waits for a backend that does not answer has waited once for its deadline, and not several times. */
const patienceMs = 1_000;
const maxTries = 4;

/**
 * Writes until there is an answer, within a few tries. To repeat a write is harmless: its stamp is expected once, and
 * the stamp it leaves tells whether it was done.
 */
export class PatientWriter {
  readonly #documents: SingleDocuments;
  readonly #runtime: Runtime;

  constructor(documents: SingleDocuments, runtime: Runtime) {
    this.#documents = documents;
    this.#runtime = runtime;
  }

  /** Throws an `InDoubtError` if any of the tries may have had an effect and none was answered, else the last error. */
  async write(writes: readonly RawWrite[]): Promise<readonly SureAnswer[]> {
    if (writes.length === 0) return [];
    const until = this.#runtime.monotonic() + patienceMs;
    let doubt: unknown;
    for (let tries = 1; ; tries++) {
      try {
        const answers = await this.#documents.write(writes);
        return doubt === undefined ? answers : await this.#lookBack(writes, answers);
      } catch (error) {
        if (!isWaybillError(error) || !error.retryable) throw error;
        if (error.code === 'WB_IN_DOUBT') doubt = error;
        const isLast = tries >= maxTries;
        if (!isLast) await sleep(this.#runtime, this.#runtime.random() * 5 * 2 ** tries);
        // Asked after the pause: the process may have been suspended in it, for longer than any tombstone stays.
        if (isLast || this.#runtime.monotonic() > until) throw doubt ?? error;
      }
    }
  }

  /** The same for groups of writes, in one call: the answers in the same groups. */
  async writeGroups(groups: readonly (readonly RawWrite[])[]): Promise<readonly (readonly SureAnswer[])[]> {
    const answers = await this.write(groups.flat());
    let begin = 0;
    return groups.map(({ length }) => answers.slice(begin, (begin += length)));
  }

  /** What missed after a doubt may have missed because an earlier try was done. */
  async #lookBack(
    writes: readonly RawWrite[],
    answers: readonly RawAnswer[],
  ): Promise<readonly SureAnswer[]> {
    const open = writes.filter((_, i) => answers[i] === 'missed');
    const there = await this.#documents.read(open.map(keyOf));
    const stamps = new Map(open.map((write, i) => [keyName(keyOf(write)), there[i]?.stamp]));
    return writes.map((write, i) =>
      answers[i] === 'missed' ? recognise(write, stamps.get(keyName(keyOf(write)))) : 'done',
    );
  }
}

const recognise = (write: RawWrite, stamp: number | undefined): SureAnswer => {
  switch (write.kind) {
    case 'create':
      return stamp === write.document.stamp ? 'done' : 'unknown';
    case 'update':
    case 'amend':
      return stamp === write.stamp ? 'done' : 'unknown';
    case 'remove':
      return stamp === undefined ? 'done' : 'missed';
    case 'bump':
      return 'done';
  }
};

const keyOf = (write: RawWrite): Key => (write.kind === 'create' ? write.document.key : write.key);
