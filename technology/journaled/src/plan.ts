import {
  checkTransaction,
  type CommitOutcome,
  type Expectation,
  type Key,
  keyName,
  type Query,
  type Seen,
  type Stored,
  type Transaction,
  UnsupportedError,
} from '@waybill/core';
import { changed, changeOf } from './change.ts';
import type { Collections } from './collections.ts';
import { holds } from './expectation.ts';
import { isGuarded } from './guards.ts';
import type { Change, RawDocument } from './raw-document.ts';
import type { IndexQuery } from './raw-query.ts';

/** What is there, by `keyName`. */
export type Documents = ReadonlyMap<string, RawDocument>;

export interface PlannedWrite {
  readonly key: Key;
  readonly change: Change;
}

export interface PlannedRange {
  readonly query: IndexQuery;
  readonly seen: readonly Seen[];
}

/** One transaction of a batch: checked, copied, and open until it has an outcome. */
export class Plan {
  readonly keys: readonly Key[];
  readonly writes: readonly PlannedWrite[];
  readonly ranges: readonly PlannedRange[];
  outcome: CommitOutcome | undefined;
  /** Was tried as one write without reading before, and missed. */
  isAmended = false;
  readonly expect: readonly SingleExpectation[];
  readonly reads: readonly Key[] | undefined;

  /** Throws a `PayloadError` for what the contract does not allow. */
  constructor(transaction: Transaction, collections: Collections) {
    checkTransaction(transaction);
    const { expect, writes, reads } = transaction;
    this.expect = expect.filter((expectation) => expectation.kind !== 'range');
    this.reads = reads;
    this.writes = writes.map((write) => ({ key: write.key, change: changeOf(write) }));
    this.ranges = expect.flatMap((expectation) =>
      expectation.kind === 'range' ? plannedRange(expectation.query, expectation.seen, collections) : [],
    );
    const all = [...this.expect, ...writes].map(({ key }) => key);
    for (const key of all) collections.check(key.collection);
    for (const { query } of this.ranges) if (!isGuarded(query.collection)) throw unguarded(query.collection);
    this.keys = [...new Map(all.map((key) => [keyName(key), key])).values()];
  }

  /** A conflict, if what is there does not allow it. */
  refusal(there: Documents): CommitOutcome | undefined {
    const failed = this.expect.find((each) => !holds(each, there.get(keyName(each.key))));
    if (failed !== undefined) return { result: 'conflict', key: failed.key };
    const orphan = this.writes.find(
      ({ key, change }) => change.kind === 'patch' && there.get(keyName(key))?.fields === undefined,
    );
    return orphan && { result: 'conflict', key: orphan.key };
  }

  /** What is to be written: to delete what is absent is nothing. */
  effective(there: Documents): readonly PlannedWrite[] {
    return this.writes.filter(
      ({ key, change }) => change.kind !== 'delete' || there.get(keyName(key))?.fields !== undefined,
    );
  }

  commit(version: number, there: Documents): void {
    const isEmpty = this.writes.every(({ change }) => change.kind === 'delete');
    const after = new Map(
      this.writes.map((write) => [keyName(write.key), storedAfter(write, version, there)]),
    );
    this.outcome = {
      result: 'committed',
      version: isEmpty ? 0 : version,
      ...(this.reads && { documents: this.reads.map((key) => after.get(keyName(key))) }),
    };
  }
}

/** What is expected of one document. */
export type SingleExpectation = Exclude<Expectation, { kind: 'range' }>;

const unguarded = (collection: string): UnsupportedError =>
  new UnsupportedError(`queries of ${collection} cannot be validated: it is one of core's own`);

const plannedRange = (query: Query, seen: readonly Seen[], collections: Collections): PlannedRange => ({
  query: collections.resolve(query),
  seen,
});

const storedAfter = (
  { key, change }: PlannedWrite,
  version: number,
  there: Documents,
): Stored | undefined => {
  const fields = changed(there.get(keyName(key))?.fields, change);
  return fields === undefined ? undefined : { key: { ...key }, version, fields };
};
