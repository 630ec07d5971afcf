import { type CommitOutcome, InDoubtError, type Key, type Stored } from '@waybill/core';
import { type ClientSession, type Collection, type Db, MongoError } from 'mongodb';
import { idOf, type MongoDocument, storedOf } from '../document.ts';
import { findDocuments } from '../find-documents.ts';
import { duplicatesOf } from '../translate-error.ts';
import { raiseGuards } from './guards.ts';
import { bulkOperation, insertedDocument } from './operations.ts';
import {
  filterOf,
  type KeyPlan,
  type RangePlan,
  type TransactionPlan,
  versionFor,
} from './transaction-plan.ts';

/** What a driver's transaction is to this module. */
export interface TransactionScope {
  readonly session: ClientSession;
  readonly db: Db;
  /** By `performance.now()`. */
  readonly deadline: number;
  /** Waits before another try. */
  pause(tries: number): Promise<void>;
}

const options = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority' },
  readPreference: 'primary',
} as const;

/**
 * Commits a transaction over several documents, by the rules of the driver's specification: what is labelled
 * transient is tried again from the start, and a commit without an answer is asked for again until there is one.
 */
export const transact = async (
  scope: TransactionScope,
  plan: TransactionPlan,
  version: number,
): Promise<CommitOutcome> => {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(scope, plan, version);
    } catch (error) {
      if (!hasLabel(error, 'TransientTransactionError') || performance.now() >= scope.deadline) throw error;
      await scope.pause(tries);
    }
  }
};

/** Nothing of it has happened if it throws something transient, or answers a conflict. */
const attempt = async (
  scope: TransactionScope,
  plan: TransactionPlan,
  version: number,
): Promise<CommitOutcome> => {
  const { session } = scope;
  const written = plan.keys.filter(({ write }) => write !== undefined);
  session.startTransaction(options);
  let documents: readonly (Stored | undefined)[] | undefined;
  try {
    await raiseGuards(scope.db, session, {
      written: new Set(written.map(({ key }) => key.collection)),
      relied: new Set(plan.ranges.map(({ query }) => query.collection)),
    });
    for (const range of plan.ranges) await expectRange(scope, range);
    for (const [name, keys] of byCollection(plan.keys))
      await apply(session, scope.db.collection(name), keys, version);
    if (plan.reads !== undefined) documents = await readBack(scope, plan.reads);
  } catch (error) {
    await abort(session);
    if (error instanceof Unmet) return { result: 'conflict', ...(error.key && { key: error.key }) };
    throw error;
  }
  await commit(scope);
  return {
    result: 'committed',
    version: versionFor(plan.keys, version),
    ...(documents && { documents }),
  };
};

/** The server ends by itself what cannot be aborted. */
const abort = async (session: ClientSession): Promise<void> => {
  try {
    await session.abortTransaction();
  } catch (error) {
    if (!(error instanceof MongoError)) throw error;
  }
};

const commit = async ({ session, deadline, pause }: TransactionScope): Promise<void> => {
  for (let tries = 1; ; tries++) {
    try {
      return await session.commitTransaction();
    } catch (error) {
      if (!hasLabel(error, 'UnknownTransactionCommitResult')) throw error;
      if (performance.now() >= deadline)
        throw new InDoubtError('MongoDB did not confirm a transaction', { cause: error });
      await pause(tries);
    }
  }
};

/** An expectation that does not hold. */
class Unmet extends Error {
  readonly key: Key | undefined;

  constructor(key: Key | undefined) {
    super('an expectation does not hold');
    this.key = key;
  }
}

/** Before anything is written, so that the query sees what was there before. */
const expectRange = async ({ session, db }: TransactionScope, { query, seen }: RangePlan): Promise<void> => {
  const { documents } = await findDocuments(db.collection(query.collection), query, session);
  const isSame =
    documents.length === seen.length &&
    documents.every(({ _id, _waybill }, i) => {
      const wanted = seen[i];
      return wanted?.tenant === _id.tenant && wanted.id === _id.id && wanted.version === _waybill.version;
    });
  if (!isSame) throw new Unmet(undefined);
};

/** Of one collection: as few requests as the server allows. */
const apply = async (
  session: ClientSession,
  collection: Collection<MongoDocument>,
  keys: readonly KeyPlan[],
  version: number,
): Promise<void> => {
  const absent = keys.filter(({ presence }) => presence === 'absent');
  const removed = keys.filter(({ presence, write }) => presence !== 'absent' && write?.kind === 'delete');
  const updated = keys.filter((plan) => plan.presence !== 'absent' && plan.write?.kind !== 'delete');
  if (updated.length > 0) {
    const operations = updated.map((plan) => bulkOperation(plan, version));
    const { matchedCount, upsertedCount } = await unless(updated, () =>
      collection.bulkWrite(operations, { session, ordered: true }),
    );
    if (matchedCount + upsertedCount < updated.length) throw new Unmet(only(updated));
  }
  if (absent.length > 0) {
    const documents = absent.map((plan) => insertedDocument(plan, version));
    await unless(absent, () => collection.insertMany(documents, { session, ordered: true }));
    // Their absence is materialised: whoever puts them there at the same time meets this write.
    const stubs = absent.filter(({ write }) => write?.kind !== 'put').map(({ key }) => idOf(key));
    if (stubs.length > 0) await collection.deleteMany({ _id: { $in: stubs } }, { session });
  }
  for (const plan of removed) {
    const { deletedCount } = await collection.deleteOne(filterOf(plan), { session });
    if (deletedCount === 0 && plan.presence === 'present') throw new Unmet(plan.key);
  }
};

/** A key that is taken ends the whole transaction. */
const unless = async <T>(plans: readonly KeyPlan[], work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const taken = duplicatesOf(error);
    if (taken === undefined) throw error;
    const [first] = taken;
    throw new Unmet(plans[first ?? -1]?.key);
  }
};

const only = (plans: readonly KeyPlan[]): Key | undefined => (plans.length === 1 ? plans[0]?.key : undefined);

const readBack = async (
  { session, db }: TransactionScope,
  keys: readonly Key[],
): Promise<readonly (Stored | undefined)[]> => {
  const documents: (Stored | undefined)[] = [];
  for (const key of keys) {
    const found = await db.collection<MongoDocument>(key.collection).findOne({ _id: idOf(key) }, { session });
    documents.push(found === null ? undefined : storedOf(key.collection, found));
  }
  return documents;
};

/** In the same order everywhere, so that two transactions meet early, where little is lost. */
const byCollection = (keys: readonly KeyPlan[]): readonly (readonly [string, readonly KeyPlan[]])[] =>
  [...Map.groupBy(keys, ({ key }) => key.collection)].sort(([a], [b]) => (a < b ? -1 : 1));

const hasLabel = (error: unknown, label: string): boolean =>
  error instanceof MongoError && error.hasErrorLabel(label);
