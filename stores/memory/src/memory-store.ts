import {
  ClosedError,
  type CollectionSpec,
  type CommitOutcome,
  type DocumentStore,
  type Key,
  type Page,
  type Query,
  type Runtime,
  type StoreCapabilities,
  type Stored,
  systemRuntime,
  type Transaction,
} from '@waybill/core';
import { MemoryStoreBackend } from './memory-store-backend.ts';

/** A DocumentStore in the memory of this process. Stores with the same backend are clients of one namespace. */
export class MemoryStore implements DocumentStore {
  readonly capabilities: StoreCapabilities = {
    atomicity: 'native',
    durability: 'none',
    shared: false,
    rangeValidation: true,
  };
  readonly #backend: MemoryStoreBackend;
  readonly #clock: Pick<Runtime, 'now'>;
  #closed = false;

  constructor(backend = new MemoryStoreBackend(), clock: Pick<Runtime, 'now'> = systemRuntime()) {
    this.#backend = backend;
    this.#clock = clock;
  }

  async prepare(collections: readonly CollectionSpec[]): Promise<void> {
    this.#open().prepare(collections);
  }

  async get(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]> {
    return this.#open().get(keys);
  }

  async find(query: Query): Promise<Page> {
    return this.#open().find(query);
  }

  async commit(batch: readonly Transaction[]): Promise<readonly CommitOutcome[]> {
    return this.#open().commit(batch);
  }

  async now(): Promise<number> {
    this.#open();
    return this.#clock.now();
  }

  /** Nothing is ever in flight here, so there is nothing to wait for. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  #open(): MemoryStoreBackend {
    if (this.#closed) throw new ClosedError('the store is closed');
    return this.#backend;
  }
}
