import type { CollectionSpec, Key } from '@waybill/core';
import { MemoryDocuments } from './memory-documents.ts';
import type { MemoryDocumentsBackend } from './memory-documents-backend.ts';
import type { RawDocument } from './raw-document.ts';
import type { RawPage, RawQuery } from './raw-query.ts';
import type { RawAnswer, RawWrite } from './raw-write.ts';
import type { SingleDocuments } from './single-documents.ts';

/** What may happen to the calls of one client: before they arrive, and on the way back. */
export interface Stage {
  /** Throws: the call does not arrive. */
  readonly beforeWrite?: (writes: readonly RawWrite[]) => Promise<void> | void;
  /** Throws: the call has arrived, and its answer gets lost. */
  readonly afterWrite?: (writes: readonly RawWrite[]) => Promise<void> | void;
  /** A look at an index sees one half of the documents before this, the other one after it. */
  readonly amidFind?: (query: RawQuery) => Promise<void> | void;
  /** Which documents it sees after that, as they then are. Default: those with an id before `m`. */
  readonly isLate?: (document: RawDocument) => boolean;
  /** What is written in its place; `undefined`: nothing, and it is answered as done. */
  readonly instead?: (write: RawWrite) => RawWrite | undefined;
  /** What is read in its place. */
  readonly reads?: (key: Key, document: RawDocument | undefined) => RawDocument | undefined;
}

/** Single documents in memory whose calls can be stopped, lost, counted and torn. */
export class StagedDocuments implements SingleDocuments {
  readonly capabilities = { durability: 'none', shared: false } as const;
  stage: Stage = {};
  /** What was called, and of how many documents: `write 3`. */
  readonly calls: string[] = [];
  readonly #documents: MemoryDocuments;

  constructor(backend: MemoryDocumentsBackend) {
    this.#documents = new MemoryDocuments(backend);
  }

  prepare(collections: readonly CollectionSpec[]): Promise<void> {
    return this.#documents.prepare(collections);
  }

  async read(keys: readonly Key[]): Promise<readonly (RawDocument | undefined)[]> {
    this.calls.push(`read ${keys.length}`);
    const { reads = (_: Key, document: RawDocument | undefined) => document } = this.stage;
    return (await this.#documents.read(keys)).map((document, i) => reads(keys[i] as Key, document)); // as many as keys
  }

  async find(query: RawQuery): Promise<RawPage> {
    this.calls.push(`find ${query.kind}`);
    const before = await this.#documents.find(query);
    if (query.kind !== 'index') return before;
    await this.stage.amidFind?.(query);
    const after = await this.#documents.find(query);
    const { isLate = ({ key }: RawDocument): boolean => key.id < 'm' } = this.stage;
    const documents = [
      ...before.documents.filter((document) => !isLate(document)),
      ...after.documents.filter(isLate),
    ];
    return { ...after, documents };
  }

  async write(writes: readonly RawWrite[]): Promise<readonly RawAnswer[]> {
    this.calls.push(`write ${writes.length}`);
    await this.stage.beforeWrite?.(writes);
    const { instead = (write: RawWrite): RawWrite | undefined => write } = this.stage;
    const answers: RawAnswer[] = [];
    for (const write of writes) {
      const written = instead(write);
      const [answer] = written === undefined ? [] : await this.#documents.write([written]);
      answers.push(answer ?? 'done');
    }
    await this.stage.afterWrite?.(writes);
    return answers;
  }

  now(): Promise<number> {
    return this.#documents.now();
  }

  close(): Promise<void> {
    return this.#documents.close();
  }
}
