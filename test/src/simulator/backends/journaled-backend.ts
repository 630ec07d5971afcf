import {
  type CollectionSpec,
  type DocumentStore,
  type Fields,
  type Key,
  keyName,
  type Stored,
} from '@waybill/core';
import {
  JournaledStore,
  type JournalSettings,
  type RawAnswer,
  type RawDocument,
  type RawPage,
  type RawQuery,
  type RawWrite,
  type SingleDocuments,
} from '@waybill/journaled';
import {
  changed,
  entryKey,
  entryOf,
  journalCollection,
  MemoryDocumentsBackend,
} from '@waybill/journaled/memory';
import { describeChanges } from '../describe.ts';
import type { Change } from '../history.ts';
import type { JournalFaults } from '../journal-faults.ts';
import type { Link } from '../link.ts';
import type { SimProcess } from '../sim-process.ts';
import { epochMs, type World } from '../world.ts';
import { SimDocuments } from './sim-documents.ts';
import { unrecorded } from './store-backend.ts';
import type { StoreService } from './store-service.ts';

export interface JournaledBackendOptions {
  readonly world: World;
  readonly faults: JournalFaults;
  readonly settings: JournalSettings;
  /** Puts itself between the protocol and its documents. */
  readonly disguise: (documents: SingleDocuments, process: SimProcess) => SingleDocuments;
}

/**
 * Single documents on which the journaled protocol runs in every process. Of each write of one document it is
 * observed what it makes of the documents as a reader has to see them: whatever changes there is a commit.
 */
export class JournaledBackend implements StoreService {
  readonly #world: World;
  readonly #options: JournaledBackendOptions;
  readonly #raw = new MemoryDocumentsBackend();
  readonly #heldBy = new Map<number, Map<string, Key>>();
  #clockMs = 0;

  constructor(options: JournaledBackendOptions) {
    this.#world = options.world;
    this.#options = options;
  }

  get patienceMs(): number {
    return this.#options.settings.patienceMs;
  }

  now(): number {
    return Math.floor(epochMs + this.#world.now + this.#clockMs);
  }

  jump(ms: number): void {
    this.#clockMs += ms;
  }

  get(key: Key): Stored | undefined {
    const seen = this.#seen(this.#raw.at(key));
    return seen && { key, ...seen };
  }

  all(collection: string): Stored[] {
    return this.#raw.all(collection).flatMap(({ key }) => this.get(key) ?? []);
  }

  open(link: Link, process: SimProcess): DocumentStore {
    const { faults, settings, disguise } = this.#options;
    const documents = new SimDocuments(this, link, process, faults);
    return new JournaledStore(disguise(documents, process), { runtime: process.runtime, settings });
  }

  prepare(collections: readonly CollectionSpec[]): void {
    this.#raw.prepare(collections);
  }

  read(key: Key): RawDocument | undefined {
    return this.#raw.read(key);
  }

  find(query: RawQuery): RawPage {
    return this.#raw.find(query);
  }

  write(write: RawWrite, by: string): RawAnswer {
    const key = write.kind === 'create' ? write.document.key : write.key;
    const affected = key.collection === journalCollection.name ? this.#heldKeys(Number(key.id)) : [key];
    const before = affected.map((each) => this.#seen(this.#raw.at(each)));
    const held = this.#raw.at(key)?.intent?.transaction;
    const answer = this.#raw.write(write);
    this.#follow(key, held);
    const changes = affected.flatMap((each, i) => changeOf(each, before[i], this.#seen(this.#raw.at(each))));
    this.#record(changes, by);
    return answer;
  }

  #heldKeys(transaction: number): readonly Key[] {
    return [...(this.#heldBy.get(transaction)?.values() ?? [])];
  }

  /** Keeps in mind which documents which transaction holds. */
  #follow(key: Key, before: number | undefined): void {
    const now = this.#raw.at(key)?.intent?.transaction;
    if (now === before) return;
    const name = keyName(key);
    if (before !== undefined) this.#heldBy.get(before)?.delete(name);
    if (now !== undefined) this.#heldBy.set(now, (this.#heldBy.get(now) ?? new Map()).set(name, key));
  }

  /** What the document is to a reader: its intent counts from the instant of the decision. */
  #seen(document: RawDocument | undefined): Seen | undefined {
    if (document === undefined) return undefined;
    const { intent, fields, version } = document;
    const entry = intent && this.#raw.at(entryKey(intent.transaction));
    if (intent === undefined || entry === undefined || entryOf(entry).state !== 'committed')
      return fields && { version, fields };
    const after = changed(fields, intent.change);
    return after && { version: intent.transaction, fields: after };
  }

  #record(changes: readonly Change[], by: string): void {
    const recorded = changes.filter(({ key }) => !unrecorded.has(key.collection));
    if (recorded.length === 0) return;
    if (this.#world.timeline !== undefined) this.#world.tell('store', `${by}: ${describeChanges(recorded)}`);
    this.#world.record({ kind: 'commit', at: this.#world.now, by, changes: recorded });
  }
}

interface Seen {
  readonly version: number;
  readonly fields: Fields;
}

const changeOf = (key: Key, before: Seen | undefined, after: Seen | undefined): Change[] => {
  const isSame = before?.version === after?.version && isEqual(before?.fields, after?.fields);
  return isSame ? [] : [{ key, before: before?.fields, after: after?.fields }];
};

const isEqual = (a: Fields | undefined, b: Fields | undefined): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);
