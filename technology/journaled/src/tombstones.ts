import { type Key, keyName } from '@waybill/core';
import { findEntries } from './find-entries.ts';
import type { PatientWriter } from './patient-writer.ts';
import type { RawDocument } from './raw-document.ts';
import type { SingleDocuments } from './single-documents.ts';

interface Tombstone {
  readonly key: Key;
  readonly stamp: number;
  /** When this client first knew of it, by its own clock. */
  readonly since: number;
}

const atOnce = 1_000;

/**
 * What deleted documents leave behind, so that a creation which a network delivers late does not bring them back.
 * Each client removes its own after a while, and those that it finds left behind by others.
 */
export class Tombstones {
  readonly #documents: SingleDocuments;
  readonly #writer: PatientWriter;
  readonly #known = new Map<string, Tombstone>();

  constructor(documents: SingleDocuments, writer: PatientWriter) {
    this.#documents = documents;
    this.#writer = writer;
  }

  note(now: number, buried: readonly Pick<RawDocument, 'key' | 'stamp'>[]): void {
    for (const { key, stamp } of buried) {
      const name = keyName(key);
      if (this.#known.get(name)?.stamp !== stamp) this.#known.set(name, { key, stamp, since: now });
    }
  }

  /** Looks for those of others. */
  async discover(now: number, collections: readonly string[]): Promise<void> {
    for (const collection of collections) {
      const query = { kind: 'tombstones', collection, limit: atOnce } as const;
      this.note(now, (await this.#documents.find(query)).documents);
    }
  }

  /**
   * Removes those known since before that instant. Not those that a transaction in the journal names: while an entry
   * says that it has committed, a late intent of it would count.
   */
  async remove(knownBefore: number): Promise<void> {
    const old = [...this.#known].filter(([, { since }]) => since <= knownBefore);
    if (old.length === 0) return;
    const entries = await findEntries(this.#documents);
    const named = new Set(entries.flatMap(({ keys }) => keys.map(keyName)));
    const removable = old.filter(([name]) => !named.has(name));
    for (let begin = 0; begin < removable.length; begin += atOnce) {
      const some = removable.slice(begin, begin + atOnce);
      await this.#writer.write(
        some.map(([, { key, stamp }]) => ({ kind: 'remove', key, expected: stamp }) as const),
      );
      for (const [name] of some) this.#known.delete(name);
    }
  }
}
