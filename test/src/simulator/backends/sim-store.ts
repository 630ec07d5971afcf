import type {
  CollectionSpec,
  CommitOutcome,
  DocumentStore,
  Key,
  Page,
  Query,
  StoreCapabilities,
  Stored,
  Transaction,
} from '@waybill/core';
import type { Link } from '../link.ts';
import type { StoreBackend } from './store-backend.ts';

/** One process's client of the simulated store. */
export class SimStore implements DocumentStore {
  readonly capabilities: StoreCapabilities = {
    atomicity: 'native',
    durability: 'disk',
    shared: true,
    rangeValidation: true,
  };
  readonly #backend: StoreBackend;
  readonly #link: Link;
  readonly #by: string;

  constructor(backend: StoreBackend, link: Link, by: string) {
    this.#backend = backend;
    this.#link = link;
    this.#by = by;
  }

  prepare(collections: readonly CollectionSpec[]): Promise<void> {
    return this.#link.call({ name: 'prepare', apply: () => this.#backend.prepare(collections) });
  }

  get(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]> {
    return this.#link.call({ name: 'get', apply: () => keys.map((key) => this.#backend.get(key)) });
  }

  find(query: Query): Promise<Page> {
    return this.#link.call({
      name: 'find',
      about: () => `${query.collection} ${query.index} ${query.equals.join(' ')}`,
      apply: () => this.#backend.find(query),
    });
  }

  commit(batch: readonly Transaction[]): Promise<readonly CommitOutcome[]> {
    const parts = batch.map((transaction) => () => this.#backend.commit(transaction, this.#by));
    return this.#link.call({ name: 'commit', apply: () => parts.map((part) => part()), parts });
  }

  now(): Promise<number> {
    return this.#link.call({ name: 'now', apply: () => this.#backend.now() });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
