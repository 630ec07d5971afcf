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
import { assemble } from './assemble.ts';
import { Collections } from './collections.ts';
import { InFlight } from './in-flight.ts';
import { journalCollection } from './journal.ts';
import { countersCollection } from './numbers.ts';
import { Plan } from './plan.ts';
import type { RawDocument } from './raw-document.ts';
import type { IndexQuery } from './raw-query.ts';
import { defaultJournalSettings, type JournalSettings } from './settings.ts';
import type { SingleDocuments } from './single-documents.ts';

export interface JournaledStoreOptions {
  readonly runtime?: Runtime;
  readonly settings?: Partial<JournalSettings>;
}

/** A DocumentStore over single documents. Owns them: closing the store closes them. */
export class JournaledStore implements DocumentStore {
  readonly capabilities: StoreCapabilities;
  readonly #documents: SingleDocuments;
  readonly #collections = new Collections();
  readonly #parts: ReturnType<typeof assemble>;
  readonly #calls = new InFlight();
  #closing: Promise<void> | undefined;

  constructor(documents: SingleDocuments, options: JournaledStoreOptions = {}) {
    const { runtime = systemRuntime() } = options;
    this.capabilities = { ...documents.capabilities, atomicity: 'journaled', rangeValidation: true };
    this.#documents = documents;
    this.#parts = assemble(documents, {
      runtime,
      settings: { ...defaultJournalSettings, ...options.settings },
      collections: () => this.#collections.names,
    });
  }

  async prepare(collections: readonly CollectionSpec[]): Promise<void> {
    this.#checkOpen();
    this.#collections.checkSpecs(collections);
    await this.#calls.of(this.#documents.prepare([journalCollection, countersCollection, ...collections]));
    await this.#calls.of(this.#parts.clock.measure());
    await this.#calls.of(reading(this.#parts.indexedFields.declare(collections)));
    this.#collections.add(collections);
    this.#parts.sweeper.start();
  }

  async get(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]> {
    this.#checkOpen();
    for (const key of keys) {
      checkKey(key);
      this.#collections.check(key.collection);
    }
    if (keys.length === 0) return [];
    return (await this.#calls.of(reading(this.#parts.reader.get(keys)))).map(storedOf);
  }

  async find(query: Query): Promise<Page> {
    this.#checkOpen();
    const wanted = this.#collections.resolve(query);
    const { documents, total } = await this.#calls.of(
      reading(this.#parts.reader.find({ ...wanted, limit: wanted.limit + 1 })),
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
    return this.#calls.of(this.#parts.batches.commit(plans));
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
    await this.#parts.sweeper.stop();
    await this.#calls.idle();
    await this.#parts.tidier.idle();
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
