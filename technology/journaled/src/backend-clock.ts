import type { Runtime } from '@waybill/core';
import type { SingleDocuments } from './single-documents.ts';

/** The backend's clock without a round trip per look. A wrong one costs fairness and time, never safety. */
export class BackendClock {
  readonly #documents: SingleDocuments;
  readonly #runtime: Runtime;
  #offset: number;

  constructor(documents: SingleDocuments, runtime: Runtime) {
    this.#documents = documents;
    this.#runtime = runtime;
    this.#offset = runtime.now() - runtime.monotonic();
  }

  now(): number {
    return this.#runtime.monotonic() + this.#offset;
  }

  async measure(): Promise<void> {
    const before = this.#runtime.monotonic();
    const now = await this.#documents.now();
    this.#offset = now - (before + this.#runtime.monotonic()) / 2;
  }
}
