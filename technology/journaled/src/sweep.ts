import { type Key, keyName } from '@waybill/core';
import type { Contention } from './contention.ts';
import { findEntries } from './find-entries.ts';
import { guardsOf } from './guards.ts';
import { apply, type Held, isHeld, release } from './hold.ts';
import { abortEntry, type Entry, entryKey, entryOf, removeEntry } from './journal.ts';
import type { PatientWriter } from './patient-writer.ts';
import type { SingleDocuments } from './single-documents.ts';

const atOnce = 500;

/** Clears away what clients have left behind that died, or could not reach the backend: by and for all clients. */
export class Sweep {
  readonly #documents: SingleDocuments;
  readonly #writer: PatientWriter;
  readonly #contention: Contention;
  /** When this client has first seen an entry, by its own clock: no other one is right about how old it is. */
  #seenAt = new Map<number, number>();

  constructor(documents: SingleDocuments, writer: PatientWriter, contention: Contention) {
    this.#documents = documents;
    this.#writer = writer;
    this.#contention = contention;
  }

  /**
   * Ends what was there `graceMs` ago, in monotonic time: what is undecided is aborted, what is committed is rolled
   * forward.
   */
  async entries(now: number, graceMs: number): Promise<void> {
    const found = await findEntries(this.#documents, atOnce);
    this.#seenAt = new Map(
      found.map(({ transaction }) => [transaction, this.#seenAt.get(transaction) ?? now]),
    );
    const isOld = ({ transaction }: Entry): boolean =>
      now - (this.#seenAt.get(transaction) ?? now) >= graceMs;
    await this.#end(found.filter(isOld));
  }

  /** Settles what dead transactions still hold, also those of which no entry is left. */
  async intents(collections: readonly string[]): Promise<void> {
    for (const collection of collections) {
      const { documents } = await this.#documents.find({ kind: 'intents', collection, limit: atOnce });
      await this.#contention.settle(documents.filter(isHeld));
    }
  }

  async #end(old: readonly Entry[]): Promise<void> {
    if (old.length === 0) return;
    const entries = await this.#decided(old);
    const held = await this.#heldBy(entries);
    await this.#writer.write(guardsOf(held.committed.map(({ key }) => key)));
    await this.#writer.write([
      ...held.committed.map(({ key, intent }) => apply(key, intent)),
      ...held.aborted.map((document) => release(document, document.intent.transaction)),
    ]);
    await this.#writer.write(entries.map(removeEntry));
  }

  /** The entries with a decision each, and only those of which that is sure. */
  async #decided(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const pending = entries.filter(({ state }) => state === 'pending');
    await this.#writer.write(pending.map(({ transaction }) => abortEntry(transaction)));
    const now = await this.#documents.read(entries.map(({ transaction }) => entryKey(transaction)));
    return now.flatMap((entry) => (entry === undefined ? [] : entryOf(entry))).filter(isDecided);
  }

  async #heldBy(
    entries: readonly Entry[],
  ): Promise<{ readonly committed: readonly Held[]; readonly aborted: readonly Held[] }> {
    const states = new Map(entries.map(({ transaction, state }) => [transaction, state]));
    const keys = new Map<string, Key>(
      entries.flatMap((entry) => entry.keys.map((key) => [keyName(key), key] as const)),
    );
    const held = (await this.#documents.read([...keys.values()])).filter(isHeld);
    const of = (state: Entry['state']): readonly Held[] =>
      held.filter(({ intent }) => states.get(intent.transaction) === state);
    return { committed: of('committed'), aborted: of('aborted') };
  }
}

const isDecided = ({ state }: Entry): boolean => state !== 'pending';
