import { isWaybillError } from '@waybill/core';
import { type ClientSession, type Collection, MongoTransactionError } from 'mongodb';
import type { MongoConnection } from './mongo-connection.ts';
import { ownCollection } from './own-collection.ts';

/**
 * Whether the server keeps the promise of a transaction: tried, since what a server says of itself is no proof. Some
 * take the fields of a transaction and carry out each of its writes at once.
 */
export const hasTransactions = async (mongo: MongoConnection): Promise<boolean> => {
  const probes = ownCollection<{ readonly _id: string }>(mongo.db);
  const _id = `probe ${crypto.randomUUID()}`;
  try {
    return await mongo.run({ changes: false }, async () => {
      // Makes the collection: transactions that each would have to make it hinder each other.
      await probes.insertOne({ _id });
      await probes.deleteOne({ _id });
      return mongo.withSession({ snapshot: false }, (session) => isWhole(probes, _id, session));
    });
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  } finally {
    // What stays behind is a few bytes that nobody looks at; it must not hide why the probe has failed.
    await mongo.run({ changes: false }, () => probes.deleteOne({ _id })).catch(() => undefined);
  }
};

const isWhole = async (
  probes: Collection<{ readonly _id: string }>,
  _id: string,
  session: ClientSession,
): Promise<boolean> => {
  const isThere = async (): Promise<boolean> => (await probes.findOne({ _id })) !== null;
  const begin = async (): Promise<void> => {
    session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } });
    await probes.insertOne({ _id }, { session });
  };
  await begin();
  const seenEarly = await isThere();
  await session.abortTransaction();
  if (seenEarly || (await isThere())) return false;
  await begin();
  await session.commitTransaction();
  return isThere();
};

/** Codes that say "not here", and no others: a server that is looking for a primary just now may well have transactions. */
const unsupported: ReadonlySet<unknown> = new Set([
  9, // FailedToParse
  20, // IllegalOperation: transaction numbers are only allowed on a replica set member or mongos
  59, // CommandNotFound
  72, // InvalidOptions
  115, // CommandNotSupported
  238, // NotImplemented
  263, // OperationNotSupportedInTransaction
]);

const isRefused = (error: unknown): boolean =>
  isWaybillError(error) &&
  (unsupported.has(error.facts['mongodb']) || error.cause instanceof MongoTransactionError);
