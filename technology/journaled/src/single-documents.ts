import type { Closeable, CollectionSpec, Key, StoreCapabilities } from '@waybill/core';
import type { RawDocument } from './raw-document.ts';
import type { RawPage, RawQuery } from './raw-query.ts';
import type { RawAnswer, RawWrite } from './raw-write.ts';

/**
 * A backend that changes one document at a time: all that the journaled protocol needs of it. Nothing here is a
 * transaction; each write happens or not on its own.
 *
 * Every call settles: with its answer, with a `ConnectionError` (nothing happened), for `write` also with an
 * `InDoubtError` (each write may or may not have happened, or may still happen), with a `PayloadError` for what this
 * backend cannot hold (nothing happened), after `close()` with a `ClosedError`. Calls come with keys, queries and
 * fields that are checked already. What a call answers shares nothing with what a caller holds.
 *
 * What has been answered is seen by every later call of every client: reads go to the primary, and a write is
 * answered once it is as durable as the backend declares.
 */
export interface SingleDocuments extends Closeable {
  readonly capabilities: Pick<StoreCapabilities, 'durability' | 'shared'>;
  /**
   * Makes collections and indexes that are not there yet, over the documents that are. Repeats do nothing, also at
   * once from several clients; what is declared in addition is added. An index holds the documents whose committed
   * `fields` have a string or a finite number in each of its fields, numbers before strings, strings by code point.
   * Throws a `PayloadError` for an index whose name is taken by one of other fields. The protocol also declares
   * collections of its own, `waybill.journal` and `waybill.counters`: they are ordinary ones.
   */
  prepare(collections: readonly CollectionSpec[]): Promise<void>;
  /** The documents, in the order asked, tombstones included. Each as it was at some instant during the call. */
  read(keys: readonly Key[]): Promise<readonly (RawDocument | undefined)[]>;
  /**
   * Each document as it was at some instant during the call. A document that matched all the while the call took is
   * certainly found, whatever is written of it that does not change the match: an intent placed on it hides it from
   * no index. Of one that came to match meanwhile, or ceased to, either may be said.
   */
  find(query: RawQuery): Promise<RawPage>;
  /**
   * Tries each write on its own, in any order or all at once; no two are of the same document. Up to some thousands in
   * one call: this is where bulk calls pay. Answers in the order asked, and exactly: `missed` only if that write did
   * not happen and never will. Only `create` and `bump` make a document: an update of what is not there is missed, also
   * of a tombstone that is gone by now, because the client may have been suspended for hours.
   *
   * Where a bulk call only counts its matches and the count is not full, reading back tells: a document with the new
   * stamp is done, one with another stamp missed, unless somebody has written it between the two. To tell that as
   * well, let each document keep the stamp that its last write expected: if that is the one I expected, somebody else
   * came first. What is left is an `InDoubtError` for all.
   */
  write(writes: readonly RawWrite[]): Promise<readonly RawAnswer[]>;
  /** The backend's clock in milliseconds since 1970. */
  now(): Promise<number>;
}
