import { ClosedError, type CollectionSpec, type Key, type Runtime, systemRuntime } from '@waybill/core';
import { MemoryDocumentsBackend } from './memory-documents-backend.ts';
import type { RawDocument } from './raw-document.ts';
import type { RawPage, RawQuery } from './raw-query.ts';
import type { RawAnswer, RawWrite } from './raw-write.ts';
import type { SingleDocuments } from './single-documents.ts';

/** Single documents in the memory of this process: the model for other backends, and what the protocol is tried on. */
export class MemoryDocuments implements SingleDocuments {
  readonly capabilities = { durability: 'none', shared: false } as const;
  readonly #backend: MemoryDocumentsBackend;
  readonly #clock: Pick<Runtime, 'now'>;
  #closed = false;

  constructor(backend = new MemoryDocumentsBackend(), clock: Pick<Runtime, 'now'> = systemRuntime()) {
    this.#backend = backend;
    this.#clock = clock;
  }

  async prepare(collections: readonly CollectionSpec[]): Promise<void> {
    this.#open().prepare(collections);
  }

  async read(keys: readonly Key[]): Promise<readonly (RawDocument | undefined)[]> {
    const backend = this.#open();
    return keys.map((key) => backend.read(key));
  }

  async find(query: RawQuery): Promise<RawPage> {
    return this.#open().find(query);
  }

  async write(writes: readonly RawWrite[]): Promise<readonly RawAnswer[]> {
    const backend = this.#open();
    return writes.map((write) => backend.write(write));
  }

  async now(): Promise<number> {
    this.#open();
    return this.#clock.now();
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #open(): MemoryDocumentsBackend {
    if (this.#closed) throw new ClosedError('the documents are closed');
    return this.#backend;
  }
}
