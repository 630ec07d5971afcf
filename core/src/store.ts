import type { JsonObject } from './json.ts';
import type { Closeable } from './lifecycle.ts';

/** Names one document. Two keys are the same document exactly if all three strings are equal. */
export interface Key {
  readonly collection: string;
  /** 1 to 128 characters, as of `id`; belongs to every key, so tenants cannot see each other's documents. */
  readonly tenant: string;
  /** 1 to 512 characters, any text of valid Unicode without NUL; compared as it is, never normalised. */
  readonly id: string;
}

/**
 * Fields are top-level: a patch replaces whole fields, an index reads whole fields. Names and text are valid Unicode:
 * half a surrogate pair, at any depth, is a `PayloadError`.
 */
export type Fields = JsonObject;

export interface Stored {
  readonly key: Key;
  /** A positive safe integer, new with every write and never used again for this key, also not after a delete. */
  readonly version: number;
  readonly fields: Fields;
}

/** What an index can hold. Numbers sort before strings; strings sort by code point. */
export type IndexValue = string | number;

export interface IndexSpec {
  readonly name: string;
  /**
   * One field or more. A query fixes all but the last by equality, and may bound and orders by the last; equal
   * values are ordered by tenant, then id. A document that lacks one of the fields (or holds there something
   * that is neither a string nor a finite number) is not in the index.
   */
  readonly fields: readonly [string, ...string[]];
  /** true: one index over all tenants, for queries without a tenant. Default false: queries name their tenant. */
  readonly acrossTenants?: boolean;
}

export interface CollectionSpec {
  /** `[a-z][a-z0-9._-]{0,62}`; names that start with `waybill.` are core's own. */
  readonly name: string;
  readonly indexes?: readonly IndexSpec[];
  /**
   * Fields that are patched often or are large. A store may keep each of them apart, so that a patch of one
   * rewrites none of the others. A hint: it changes costs only.
   */
  readonly apart?: readonly string[];
}

export interface Query {
  readonly collection: string;
  /** Required unless the index is `acrossTenants`; such an index refuses one. */
  readonly tenant?: string;
  readonly index: string;
  /** One value for each field of the index but the last, in their order. */
  readonly equals: readonly IndexValue[];
  /** Both ends belong to the range. Absent: every value of the last field. */
  readonly range?: { readonly min?: IndexValue; readonly max?: IndexValue };
  /** Default `asc`. `desc` turns the whole order round, tenant and id included. */
  readonly order?: 'asc' | 'desc';
  /** 0 to 1000. */
  readonly limit: number;
  /** `Page.next` of the page before, of the same query. */
  readonly after?: string;
  /** true: also count all matches, whatever `limit` and `after` say. */
  readonly total?: boolean;
  /** The only fields that are looked at. A hint: a store may leave out others, or answer all of them. */
  readonly only?: readonly string[];
}

export interface Page {
  readonly documents: readonly Stored[];
  /** Present exactly if there may be more; pass it as `after`. Stays valid whatever is written meanwhile. */
  readonly next?: string;
  readonly total?: number;
}

/** What must hold for a transaction to commit. */
export type Expectation =
  /** The document exists with this version. */
  | { readonly kind: 'version'; readonly key: Key; readonly version: number }
  | { readonly kind: 'absent'; readonly key: Key }
  /** The document exists, and each of these fields equals this scalar (`null` also stands for absent). */
  | {
      readonly kind: 'fields';
      readonly key: Key;
      readonly fields: Readonly<Record<string, string | number | boolean | null>>;
    }
  /** The query gives exactly these documents in these versions. Needs `capabilities.rangeValidation`. */
  | { readonly kind: 'range'; readonly query: Query; readonly seen: readonly Seen[] };

export interface Seen {
  readonly tenant: string;
  readonly id: string;
  readonly version: number;
}

export type Write =
  /** Creates or replaces the whole document. */
  | { readonly kind: 'put'; readonly key: Key; readonly fields: Fields }
  /** Sets these fields and leaves the others; `undefined` removes a field. Conflict if the document is absent. */
  | { readonly kind: 'patch'; readonly key: Key; readonly fields: Fields }
  /** Removes the document. Absent already is fine. */
  | { readonly kind: 'delete'; readonly key: Key };

export interface Transaction {
  readonly expect: readonly Expectation[];
  /** At most one write per key. */
  readonly writes: readonly Write[];
  /** The answer carries these documents as they are right after the commit. Each is also among `writes`. */
  readonly reads?: readonly Key[];
}

export type CommitOutcome =
  | {
      readonly result: 'committed';
      /** The version of every document that this transaction put or patched. 0 if it only deleted, or wrote nothing. */
      readonly version: number;
      /** As asked by `reads`, in its order. */
      readonly documents?: readonly (Stored | undefined)[];
    }
  /** Nothing was written. `key` names one document whose expectation failed, where one can be named. */
  | { readonly result: 'conflict'; readonly key?: Key };

export interface StoreCapabilities {
  /** `native`: the backend's own transaction. `journaled`: intents, one deciding write, roll-forward. */
  readonly atomicity: 'native' | 'journaled';
  /** What a committed transaction survives. `disk` includes loss of power; `process` a crash of every client. */
  readonly durability: 'none' | 'process' | 'disk';
  /** Whether several processes can use the same namespace. */
  readonly shared: boolean;
  /** Whether `range` expectations are kept. Without it tasks that query run under `snapshot`. */
  readonly rangeValidation: boolean;
}

/**
 * Keeps documents: the heart, and the only place where anything is decided.
 *
 * Every call settles: with its answer, with a `PayloadError` or `UnsupportedError` (a wrong call; nothing
 * happened), with a `ConnectionError` (nothing happened) or, for `commit` only, with an `InDoubtError` (each
 * transaction of the batch may or may not have committed, or may still commit within the adapter's request
 * deadline). After `close()` it is a `ClosedError`.
 */
export interface DocumentStore extends Closeable {
  readonly capabilities: StoreCapabilities;
  /**
   * How many calls of `commit` are worth having under way at once: more than one where a server works while this process
   * prepares the next. A hint: it changes speed only. Default: 1.
   */
  readonly commitsAtOnce?: number;
  /**
   * Declares collections and their indexes; repeats do nothing, a new index covers existing documents. Using a
   * collection that was not declared is a `PayloadError`.
   */
  prepare(collections: readonly CollectionSpec[]): Promise<void>;
  /** The committed documents, in the order asked. What is not there is `undefined`. Never half a transaction. */
  get(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]>;
  /** One page of a declared index; a query that no index serves is a `PayloadError`. */
  find(query: Query): Promise<Page>;
  /**
   * Commits each transaction completely or not at all, and answers in the order asked. Transactions of one
   * batch do not affect each other but as if they had been sent one by one, in some order: the batch only saves
   * round trips. A reader sees all of a committed transaction or none of it. An outcome is final: should the
   * adapter have sent a request again, a copy of it that arrives late changes nothing.
   */
  commit(batch: readonly Transaction[]): Promise<readonly CommitOutcome[]>;
  /** The store's clock in milliseconds since 1970: leases and due times use it, never a worker's. */
  now(): Promise<number>;
}
