import { InDoubtError } from '@waybill/core';
import type { RawAnswer } from '@waybill/journaled';
import type { AnyBulkWriteOperation, Collection, UpdateFilter } from 'mongodb';
import { type DocumentId, idOf, type MongoDocument } from '../document.ts';
import { encodeFields } from '../encode-value.ts';
import { escapeName, ownField } from '../field-name.ts';
import { takenAmong } from './create-all.ts';
import { bookkeepingOf, encodeIntent } from './raw-document.ts';
import type { Portion } from './write-each.ts';

type Update = Portion<'update'>[number];

/** Entries of the journal are removed without a tombstone, so that none may come back. */
const journal = 'waybill.journal';

/**
 * The server only counts what it found as expected. With `upsert` what it did not find meets a key that is taken,
 * and that is told for each. It puts nothing there that has gone: only a tombstone could have, and is made whole.
 */
export const updateAll = async (
  collection: Collection<MongoDocument>,
  updates: Portion<'update'>,
): Promise<readonly RawAnswer[]> => {
  if (collection.collectionName === journal) return updateJournal(collection, updates);
  const operations = updates.map((update) => operationOf(update, { upsert: true }));
  const taken = await takenAmong(() => collection.bulkWrite(operations, { ordered: false }));
  return updates.map((_, i) => (taken.has(i) ? 'missed' : 'done'));
};

/** Where not all were found as expected, the stamps tell: each is of one transaction. */
const updateJournal = async (
  collection: Collection<MongoDocument>,
  updates: Portion<'update'>,
): Promise<readonly RawAnswer[]> => {
  const operations = updates.map((update) => operationOf(update, { upsert: false }));
  const { matchedCount } = await collection.bulkWrite(operations, { ordered: false });
  if (matchedCount === updates.length) return updates.map(() => 'done');
  if (updates.length === 1) return ['missed'];
  const ids = updates.map(({ key }) => idOf(key));
  const found = await collection.find({ _id: { $in: ids } }).toArray();
  const stamps = new Map(found.map(({ _id, _waybill }) => [nameOf(_id), _waybill.stamp]));
  return updates.map(({ key, stamp }) => {
    const now = stamps.get(nameOf(key));
    if (now === undefined) throw new InDoubtError('an entry of the journal has gone while it was written');
    return now === stamp ? 'done' : 'missed';
  });
};

const nameOf = ({ tenant, id }: DocumentId): string => `${tenant}\0${id}`;

const operationOf = (
  write: Update,
  { upsert }: { readonly upsert: boolean },
): AnyBulkWriteOperation<MongoDocument> => {
  const filter = { _id: idOf(write.key), [`${ownField}.stamp`]: write.expected };
  const { change } = write;
  if (change === undefined || change.kind === 'patch')
    return { updateOne: { filter, update: updateOf(write), upsert } };
  const fields = change.kind === 'put' ? change.fields : undefined;
  const { stamp, version, intent } = write;
  const kept = bookkeepingOf({ stamp, version, ...(fields && { fields }), ...(intent && { intent }) });
  return { replaceOne: { filter, replacement: { ...encodeFields(fields ?? {}), [ownField]: kept }, upsert } };
};

/** Leaves what it does not name: a document that only gets or loses an intent is not sent again. */
const updateOf = ({ stamp, version, change, intent }: Update): UpdateFilter<MongoDocument> => {
  const patch = change?.kind === 'patch' ? change : { set: {}, unset: [] };
  const unset = [...patch.unset.map(escapeName), ...(intent === undefined ? [`${ownField}.intent`] : [])];
  return {
    $set: {
      ...encodeFields(patch.set),
      [`${ownField}.stamp`]: stamp,
      [`${ownField}.version`]: version,
      ...(intent && { [`${ownField}.intent`]: encodeIntent(intent) }),
    },
    ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map((name) => [name, ''])) }),
    ...(change === undefined && { $setOnInsert: { [`${ownField}.absent`]: true } }),
  };
};
