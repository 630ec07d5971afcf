import type { Key } from '@waybill/core';
import type { Change, Intent, Patch, RawDocument } from './raw-document.ts';

/** A conditional write of one document: atomic, and the only thing that a backend has to be able to change. */
export type RawWrite =
  /** Puts the document there if nothing is there under its key, not even a tombstone. */
  | { readonly kind: 'create'; readonly document: RawDocument }
  /** Changes the document if its stamp is `expected`. */
  | {
      readonly kind: 'update';
      readonly key: Key;
      readonly expected: number;
      readonly stamp: number;
      readonly version: number;
      /** Absent: the fields stay as they are. */
      readonly change?: Change;
      /** Absent: the document has none afterwards. */
      readonly intent?: Intent;
    }
  /**
   * Patches the document if it has committed fields, no intent, and is as wanted: for who has not read it. Sent at most
   * once: a copy that arrives late might find all as wanted again.
   */
  | {
      readonly kind: 'amend';
      readonly key: Key;
      readonly where: Condition;
      readonly stamp: number;
      readonly version: number;
      readonly change: Patch;
    }
  /** Removes the document, without a tombstone, if its stamp is `expected`. */
  | { readonly kind: 'remove'; readonly key: Key; readonly expected: number }
  /** Adds 1 to the stamp, whatever it is; where nothing is, creates a document of stamp 1 and version 0. */
  | { readonly kind: 'bump'; readonly key: Key };

/** `missed`: the condition did not hold, and nothing happened. */
export type RawAnswer = 'done' | 'missed';

/** What is wanted of a document's committed state. */
export interface Condition {
  readonly version?: number;
  /** Each equals this scalar; `null` also stands for absent. */
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}
