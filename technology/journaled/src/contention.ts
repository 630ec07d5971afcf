import { keyName, type Runtime } from '@waybill/core';
import { guardsOf } from './guards.ts';
import { apply, type Held, release } from './hold.ts';
import { abortEntry, entryKey, entryOf, type Fate, forestallEntry } from './journal.ts';
import type { PatientWriter } from './patient-writer.ts';
import type { RawWrite } from './raw-write.ts';
import type { SingleDocuments } from './single-documents.ts';

export interface Settled {
  /** Some of the documents are no longer held, or no longer by the same: read them again. */
  readonly changed: boolean;
  /** These are still held by transactions that were not decided when this began. */
  readonly waiting: readonly Held[];
}

/**
 * What to do about documents that another transaction holds. If it has committed, roll it forward; if it was aborted,
 * let go for it; if it is undecided and younger, or has been so for long, abort it: the oldest wins.
 */
export class Contention {
  readonly #documents: SingleDocuments;
  readonly #writer: PatientWriter;
  readonly #runtime: Runtime;
  readonly #patienceMs: number;
  readonly #now: () => number;
  readonly #firstMet = new Map<number, number>();

  constructor(by: {
    readonly documents: SingleDocuments;
    readonly writer: PatientWriter;
    readonly runtime: Runtime;
    readonly patienceMs: number;
    /** The backend's clock, roughly. */
    now(): number;
  }) {
    this.#documents = by.documents;
    this.#writer = by.writer;
    this.#runtime = by.runtime;
    this.#patienceMs = by.patienceMs;
    this.#now = () => by.now();
  }

  /** `startedAt` of who meets them; a reader has none, and hurries nobody but the dead. */
  async settle(held: readonly Held[], startedAt = Number.POSITIVE_INFINITY): Promise<Settled> {
    if (held.length === 0) return { changed: false, waiting: held };
    const holders = new Map(held.map((document) => [document.intent.transaction, document]));
    const fates = await this.#fatesOf([...holders.keys()]);
    const open = [...holders.values()].filter(({ intent }) => isOpen(fates.get(intent.transaction)));
    const doomed = open.filter((document) => this.#mayAbort(document, startedAt));
    for (const [transaction, fate] of await this.#abort(doomed, fates)) fates.set(transaction, fate);
    const decided = held.filter(({ intent }) => !isOpen(fates.get(intent.transaction)));
    await this.#finish(decided, fates);
    const waiting = held.filter(({ intent }) => isOpen(fates.get(intent.transaction)));
    return { changed: decided.length > 0 || doomed.length > 0, waiting };
  }

  /** Finishes what is decided, and leaves the rest in peace. */
  async finish(held: readonly Held[]): Promise<void> {
    if (held.length === 0) return;
    const fates = await this.#fatesOf([...new Set(held.map(({ intent }) => intent.transaction))]);
    await this.#finish(
      held.filter(({ intent }) => !isOpen(fates.get(intent.transaction))),
      fates,
    );
  }

  async #fatesOf(transactions: readonly number[]): Promise<Map<number, Fate>> {
    const entries = await this.#documents.read(transactions.map(entryKey));
    return new Map(
      transactions.map((transaction, i) => {
        const entry = entries[i];
        return [transaction, entry === undefined ? 'unknown' : entryOf(entry).state];
      }),
    );
  }

  /** Of equal age are only earlier tries of the same transactions. */
  #mayAbort({ intent }: Held, startedAt: number): boolean {
    if (startedAt <= intent.startedAt) return true;
    const now = this.#runtime.monotonic();
    const since = this.#firstMet.get(intent.transaction);
    if (since !== undefined) return now - since > this.#patienceMs;
    for (const [transaction, at] of this.#firstMet)
      if (now - at > 10 * this.#patienceMs) this.#firstMet.delete(transaction);
    this.#firstMet.set(intent.transaction, now);
    return false;
  }

  /** Which of them are aborted now. Of the others somebody else has decided something meanwhile. */
  async #abort(
    doomed: readonly Held[],
    fates: ReadonlyMap<number, Fate>,
  ): Promise<readonly (readonly [number, Fate])[]> {
    const answers = await this.#writer.write(
      doomed.map(({ intent: { transaction } }) =>
        fates.get(transaction) === 'unknown'
          ? forestallEntry(transaction, this.#now())
          : abortEntry(transaction),
      ),
    );
    return doomed.flatMap(({ intent: { transaction } }, i) =>
      answers[i] === 'done' ? [[transaction, 'aborted'] as const] : [],
    );
  }

  /** The guards first: see `guards.ts`. What misses was done by somebody else. */
  async #finish(decided: readonly Held[], fates: ReadonlyMap<number, Fate>): Promise<void> {
    const isCommitted = ({ intent }: Held): boolean => fates.get(intent.transaction) === 'committed';
    await this.#writer.write(guardsOf(decided.filter(isCommitted).map(({ key }) => key)));
    await this.#writer.write(distinct(decided).map((document) => finishing(document, isCommitted(document))));
  }
}

const isOpen = (fate: Fate | undefined): boolean => fate === 'pending' || fate === 'unknown';

const finishing = (document: Held, isCommitted: boolean): RawWrite =>
  isCommitted ? apply(document.key, document.intent) : release(document, document.intent.transaction);

const distinct = (documents: readonly Held[]): readonly Held[] => [
  ...new Map(documents.map((document) => [keyName(document.key), document])).values(),
];
