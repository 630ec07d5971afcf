import type { Fields, Key } from '@waybill/core';

/**
 * One document as it lies in the backend: what is committed, and what a transaction means to make of it. How it lies
 * there is the backend's choice; people expect to find their own fields at the top level and ours in one more, say
 * `_waybill: { tenant, stamp, version, intent }`.
 */
export interface RawDocument {
  readonly key: Key;
  /** Another one after every write of this document: equal stamps of one key mean equal documents. */
  readonly stamp: number;
  /** Of `fields`; 0 for a document that was never committed and has only an intent. */
  readonly version: number;
  /** What is committed, and what indexes hold. Absent: nothing is (a tombstone, or only an intent so far). */
  readonly fields?: Fields;
  /** Present while a transaction holds the document. */
  readonly intent?: Intent;
}

/** What a transaction will make of a document if it commits. JSON throughout, opaque to the backend. */
export interface Intent {
  /** The number of the transaction: its entry in the journal, and the version that `change` gives. */
  readonly transaction: number;
  /** When the transaction was first tried, by the backend's clock: the oldest one wins. */
  readonly startedAt: number;
  readonly change: Change;
}

/** What becomes of the fields of one document. */
export type Change =
  /** These, and no others. */
  | { readonly kind: 'put'; readonly fields: Fields }
  | Patch
  /** None: the document stays as a tombstone. */
  | { readonly kind: 'delete' };

/** The present fields with these in their places, and without those named in `unset`. Never of absent fields. */
export interface Patch {
  readonly kind: 'patch';
  readonly set: Fields;
  readonly unset: readonly string[];
}
