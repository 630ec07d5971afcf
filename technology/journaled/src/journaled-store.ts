import {
  checkKey,
  ClosedError,
  type CollectionSpec,
  type CommitOutcome,
  ConnectionError,
  cursorBehind,
  type DocumentStore,
  type IndexValue,
  isWaybillError,
  type Key,
  type Page,
  type Query,
  type Runtime,
  type StoreCapabilities,
  type Stored,
  systemRuntime,
  type Transaction,
} from '@waybill/core';
import { BackendClock } from './backend-clock.ts';
import { Batches } from './batches.ts';
import { Collections } from './collections.ts';
import { Contention } from './contention.ts';
import { Gates } from './gates.ts';
import { InFlight } from './in-flight.ts';
import { journalCollection } from './journal.ts';
import { countersCollection, NumberBlocks } from './numbers.ts';
import { PatientWriter } from './patient-writer.ts';
import { Plan } from './plan.ts';
import type { RawDocument } from './raw-document.ts';
import type { IndexQuery } from './raw-query.ts';
import { Reader } from './reader.ts';
import { defaultJournalSettings, type JournalSettings } from './settings.ts';
import type { SingleDocuments } from './single-documents.ts';
import { Sweep } from './sweep.ts';
import { Sweeper } from './sweeper.ts';
import { Tidier } from './tidier.ts';
import { Tombstones } from './tombstones.ts';
import { Validation } from './validation.ts';

export interface JournaledStoreOptions {
  readonly runtime?: Runtime;
  readonly settings?: Partial<JournalSettings>;
}

/** A DocumentStore over single documents. Owns them: closing the store closes them. */
export class JournaledStore implements DocumentStore {
  readonly capabilities: StoreCapabilities;
  readonly #documents: SingleDocuments;
  readonly #collections = new Collections();
  readonly #reader: Reader;
  readonly #batches: Batches;
  readonly #tidier: Tidier;
  readonly #sweeper: Sweeper;
  readonly #clock: BackendClock;
  readonly #calls = new InFlight();
  #closing: Promise<void> | undefined;

  constructor(documents: SingleDocuments, options: JournaledStoreOptions = {}) {
    const { runtime = systemRuntime() } = options;
    const settings = { ...defaultJournalSettings, ...options.settings };
    this.capabilities = { ...documents.capabilities, atomicity: 'journaled', rangeValidation: true };
    this.#documents = documents;
    const writer = new PatientWriter(documents, runtime);
    const clock = new BackendClock(documents, runtime);
    const now = (): number => clock.now();
    this.#clock = clock;
    const { patienceMs } = settings;
    const contention = new Contention({ documents, writer, runtime, patienceMs, now });
    const numbers = new NumberBlocks(documents);
    const gates = new Gates({ writer, numbers, runtime, patienceMs });
    this.#reader = new Reader({ documents, contention, gates, runtime });
    this.#tidier = new Tidier(writer);
    const validation = new Validation(documents, contention, this.#reader);
    const slowestMs = settings.graceMs / 4;
    const tombstones = new Tombstones(documents, writer);
    const shared = {
      tombstones,
      gates,
      documents,
      writer,
      contention,
      validation,
      numbers,
      runtime,
      slowestMs,
      now,
    };
    this.#batches = new Batches({ ...shared, tidier: this.#tidier }, { runtime, ...settings });
    const sweep = new Sweep(documents, writer, contention);
    const collections = (): readonly string[] => this.#collections.names;
    this.#sweeper = new Sweeper({ sweep, tombstones, clock, runtime, settings, collections });
  }

  async prepare(collections: readonly CollectionSpec[]): Promise<void> {
    this.#checkOpen();
    this.#collections.checkSpecs(collections);
    await this.#calls.of(this.#documents.prepare([journalCollection, countersCollection, ...collections]));
    await this.#calls.of(this.#clock.measure());
    this.#collections.add(collections);
    this.#sweeper.start();
  }

  async get(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]> {
    this.#checkOpen();
    for (const key of keys) {
      checkKey(key);
      this.#collections.check(key.collection);
    }
    if (keys.length === 0) return [];
    return (await this.#calls.of(reading(this.#reader.get(keys)))).map(storedOf);
  }

  async find(query: Query): Promise<Page> {
    this.#checkOpen();
    const wanted = this.#collections.resolve(query);
    const { documents, total } = await this.#calls.of(
      reading(this.#reader.find({ ...wanted, limit: wanted.limit + 1 })),
    );
    const shown = documents.slice(0, query.limit);
    return {
      documents: shown.flatMap((document) => storedOf(document) ?? []),
      ...(documents.length > shown.length && {
        next: cursorBehind(placeOf(shown.at(-1), wanted), query.after),
      }),
      ...(total !== undefined && { total }),
    };
  }

  async commit(batch: readonly Transaction[]): Promise<readonly CommitOutcome[]> {
    this.#checkOpen();
    const plans = batch.map((transaction) => new Plan(transaction, this.#collections));
    return this.#calls.of(this.#batches.commit(plans));
  }

  async now(): Promise<number> {
    this.#checkOpen();
    return this.#calls.of(this.#documents.now());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#sweeper.stop();
    await this.#calls.idle();
    await this.#tidier.idle();
    await this.#documents.close();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError('the store is closed');
  }
}

/** A read may roll others forward on its way; whether that has happened is no doubt of who reads. */
const reading = async <T>(read: Promise<T>): Promise<T> => {
  try {
    return await read;
  } catch (error) {
    if (!isWaybillError(error) || error.code !== 'WB_IN_DOUBT') throw error;
    throw new ConnectionError('the backend does not answer', { cause: error });
  }
};

const storedOf = (document: RawDocument | undefined): Stored | undefined => {
  if (document?.fields === undefined) return undefined;
  const { key, version, fields } = document;
  return { key, version, fields };
};

const placeOf = (document: RawDocument | undefined, { index }: IndexQuery) => {
  if (document === undefined) return undefined;
  const { tenant, id } = document.key;
  // A document that an index gives has such a value in its last field.
  const value = document.fields?.[index.fields.at(-1) ?? index.fields[0]] as IndexValue;
  return { value, tenant, id };
};
