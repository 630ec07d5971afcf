import {
  checkCollectionSpec,
  checkKey,
  checkQuery,
  checkTransaction,
  type CollectionSpec,
  type CommitOutcome,
  type Expectation,
  type Fields,
  type Key,
  type Page,
  type Query,
  type Seen,
  type Stored,
  type Transaction,
  undeclaredCollection,
  undeclaredIndex,
} from '@waybill/core';
import { Collection } from './collection.ts';
import { type Document, toBrief, toStored } from './document.ts';
import type { FieldIndex } from './field-index.ts';
import { type PreparedWrite, prepareWrite } from './prepared-write.ts';

/**
 * What a namespace holds: shared by the stores that are its clients. Every method is one synchronous section, so
 * nobody sees half of it, and throws, if at all, before it changes anything.
 */
export class MemoryStoreBackend {
  readonly #collections = new Map<string, Collection>();
  #lastVersion = 0;
  #found: { readonly key: Key; readonly document: Document | undefined } | undefined;

  prepare(specs: readonly CollectionSpec[]): void {
    for (const spec of specs) checkCollectionSpec(spec);
    for (const spec of specs) {
      const collection = this.#collections.get(spec.name) ?? new Collection(spec.name);
      collection.declare(spec);
      this.#collections.set(spec.name, collection);
    }
  }

  get(keys: readonly Key[]): (Stored | undefined)[] {
    for (const key of keys) {
      checkKey(key);
      this.#collection(key.collection);
    }
    this.#found = undefined;
    return keys.map((key) => this.#read(key));
  }

  find(query: Query): Page {
    const index = this.#indexFor(query);
    const places = index.select(query);
    const { only, limit } = query;
    const documents: Stored[] = [];
    let last: Document | undefined;
    for (const { document } of places) {
      if (documents.length === limit || document === undefined) break; // no place that was found is without
      documents.push(only === undefined ? toStored(document) : toBrief(document, only));
      last = document;
    }
    return {
      documents,
      ...(places.length > limit && { next: index.cursor(last, query) }),
      ...(query.total && { total: index.count(query) }),
    };
  }

  commit(batch: readonly Transaction[]): CommitOutcome[] {
    const prepared = batch.map((transaction) => this.#prepare(transaction));
    this.#found = undefined;
    return batch.map((transaction, i) => this.#commit(transaction, prepared[i] ?? []));
  }

  #prepare(transaction: Transaction): readonly PreparedWrite[] {
    checkTransaction(transaction);
    for (const expectation of transaction.expect) {
      if (expectation.kind === 'range') this.#indexFor(expectation.query).select(expectation.query);
      else this.#collection(expectation.key.collection);
    }
    return transaction.writes.map((write) => prepareWrite(write, this.#collection(write.key.collection)));
  }

  #commit({ expect, reads }: Transaction, writes: readonly PreparedWrite[]): CommitOutcome {
    for (const expectation of expect) {
      if (this.#holds(expectation)) continue;
      return expectation.kind === 'range' ? conflict : { result: 'conflict', key: expectation.key };
    }
    let version = 0;
    for (const { write } of writes) {
      if (write.kind === 'patch' && this.#document(write.key) === undefined)
        return { result: 'conflict', key: write.key };
      if (write.kind !== 'delete' && version === 0) version = this.#lastVersion + 1;
    }
    if (version > 0) this.#lastVersion = version;
    for (const write of writes) this.#apply(write, version);
    if (reads === undefined) return { result: 'committed', version };
    return { result: 'committed', version, documents: reads.map((key) => this.#read(key)) };
  }

  #apply({ write, collection, fields }: PreparedWrite, version: number): void {
    const { kind, key } = write;
    if (kind === 'patch') {
      const document = this.#document(key);
      if (document !== undefined) collection.patch(document, version, fields);
      return;
    }
    this.#found = undefined;
    if (kind === 'put') collection.put(key, version, fields);
    else collection.delete(key);
  }

  #holds(expectation: Expectation): boolean {
    if (expectation.kind === 'range') return this.#stillGives(expectation.query, expectation.seen);
    const document = this.#document(expectation.key);
    switch (expectation.kind) {
      case 'absent':
        return document === undefined;
      case 'version':
        return document?.version === expectation.version;
      case 'fields':
        return document !== undefined && has(document.fields, expectation.fields);
    }
  }

  #stillGives(query: Query, seen: readonly Seen[]): boolean {
    const places = this.#indexFor(query).select(query).slice(0, query.limit);
    return (
      places.length === seen.length &&
      places.every(({ document }, i) => {
        const was = seen[i];
        return (
          document?.version === was?.version &&
          document?.key.id === was?.id &&
          document?.key.tenant === was?.tenant
        );
      })
    );
  }

  #read(key: Key): Stored | undefined {
    const document = this.#document(key);
    return document && toStored(document);
  }

  /** Most transactions name one key in all their parts: it is looked up once. */
  #document(key: Key): Document | undefined {
    if (this.#found?.key !== key) {
      this.#found = { key, document: this.#collections.get(key.collection)?.get(key) };
    }
    return this.#found.document;
  }

  #indexFor(query: Query): FieldIndex {
    const index = this.#collection(query.collection).index(query.index);
    if (index === undefined) throw undeclaredIndex(query);
    checkQuery(query, index.spec);
    return index;
  }

  #collection(name: string): Collection {
    const collection = this.#collections.get(name);
    if (collection !== undefined) return collection;
    throw undeclaredCollection(name);
  }
}

/** `null` stands for absent as well. */
const has = (fields: Fields, expected: Readonly<Record<string, unknown>>): boolean => {
  for (const name in expected) {
    const value = expected[name];
    // What is inherited is neither text nor number, nor null.
    if ((fields[name] ?? null) === value) continue;
    if (value !== null || Object.hasOwn(fields, name)) return false;
  }
  return true;
};

const conflict = { result: 'conflict' } as const;
