import {
  type CollectionSpec,
  type CommitOutcome,
  type Expectation,
  type IndexSpec,
  type Key,
  type Page,
  PayloadError,
  type Query,
  type Stored,
  type Transaction,
  type Write,
} from '@waybill/core';
import { describeChanges, describeRefused } from '../describe.ts';
import type { Change } from '../history.ts';
import type { Link } from '../link.ts';
import type { SimProcess } from '../sim-process.ts';
import { epochMs, type World } from '../world.ts';
import { copyFields, patched } from './copy-fields.ts';
import { pageOf } from './page.ts';
import { SimStore } from './sim-store.ts';
import type { StoreService } from './store-service.ts';

interface Collection {
  readonly documents: Map<string, Stored>;
  readonly indexes: Map<string, IndexSpec>;
}

/** Collections of which the checks ask nothing. */
export const unrecorded = new Set(['waybill.workers', 'waybill.logs', 'waybill.agent', 'waybill.counters']);

/** A store with transactions of its own: correct, and small. What goes wrong on the way is the link's business. */
export class StoreBackend implements StoreService {
  readonly patienceMs = 0;
  readonly #world: World;
  readonly #collections = new Map<string, Collection>();
  #lastVersion = 0;
  #clockMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  now(): number {
    return Math.floor(epochMs + this.#world.now + this.#clockMs);
  }

  jump(ms: number): void {
    this.#clockMs += ms;
  }

  open(link: Link, process: SimProcess): SimStore {
    return new SimStore(this, link, process.name);
  }

  prepare(specs: readonly CollectionSpec[]): void {
    for (const { name, indexes = [] } of specs) {
      const collection = this.#collections.get(name) ?? { documents: new Map(), indexes: new Map() };
      for (const index of indexes) collection.indexes.set(index.name, index);
      this.#collections.set(name, collection);
    }
  }

  get(key: Key): Stored | undefined {
    return this.#collection(key.collection).documents.get(nameOf(key));
  }

  all(collection: string): Stored[] {
    return [...(this.#collections.get(collection)?.documents.values() ?? [])];
  }

  find(query: Query): Page {
    const { documents, indexes } = this.#collection(query.collection);
    const index = indexes.get(query.index);
    if (index === undefined) throw new PayloadError(`${query.collection} has no index ${query.index}`);
    return pageOf(query, index, documents.values());
  }

  commit(transaction: Transaction, by: string): CommitOutcome {
    const failed = transaction.expect.find((expectation) => !this.#holds(expectation));
    if (failed !== undefined && this.#world.timeline !== undefined)
      this.#world.tell('store', `${by}: refused, ${describeRefused(transaction)}`);
    if (failed !== undefined) return failed.kind === 'range' ? conflict : { ...conflict, key: failed.key };
    const orphan = transaction.writes.find(
      (write) => write.kind === 'patch' && this.get(write.key) === undefined,
    );
    if (orphan !== undefined) return { ...conflict, key: orphan.key };
    const version = transaction.writes.length === 0 ? 0 : ++this.#lastVersion;
    const changes = transaction.writes.map((write) => this.#write(write, version));
    const recorded = changes.filter(({ key }) => !unrecorded.has(key.collection));
    if (recorded.length > 0 && this.#world.timeline !== undefined)
      this.#world.tell('store', `${by}: ${describeChanges(recorded)}`);
    if (recorded.length > 0)
      this.#world.record({ kind: 'commit', at: this.#world.now, by, changes: recorded });
    const documents = transaction.reads?.map((key) => this.get(key));
    return { result: 'committed', version, ...(documents === undefined ? {} : { documents }) };
  }

  #write(write: Write, version: number): Change {
    const { key } = write;
    const { documents } = this.#collection(key.collection);
    const name = nameOf(key);
    const before = documents.get(name)?.fields;
    const after =
      write.kind === 'delete'
        ? undefined
        : write.kind === 'put'
          ? copyFields(write.fields)
          : patched(before ?? {}, write.fields);
    if (after === undefined) documents.delete(name);
    else documents.set(name, { key, version, fields: after });
    return { key, before, after };
  }

  #holds(expectation: Expectation): boolean {
    if (expectation.kind === 'range') {
      const now = this.find(expectation.query).documents;
      const { seen } = expectation;
      return (
        now.length === seen.length &&
        now.every(({ key, version }, i) => key.id === seen[i]?.id && version === seen[i]?.version)
      );
    }
    const stored = this.get(expectation.key);
    switch (expectation.kind) {
      case 'absent':
        return stored === undefined;
      case 'version':
        return stored?.version === expectation.version;
      case 'fields':
        return (
          stored !== undefined &&
          Object.entries(expectation.fields).every(([name, value]) => (stored.fields[name] ?? null) === value)
        );
    }
  }

  #collection(name: string): Collection {
    const collection = this.#collections.get(name);
    if (collection === undefined) throw new PayloadError(`collection ${name} was not declared`);
    return collection;
  }
}

const conflict = { result: 'conflict' } as const;

const nameOf = ({ tenant, id }: Key): string => `${tenant}\u0000${id}`;
