import { InDoubtError } from '@waybill/core';
import type { RawAnswer } from '@waybill/journaled';
import type { AnyBulkWriteOperation, Collection, UpdateFilter } from 'mongodb';
import { type Bookkeeping, idOf, type MongoDocument } from '../document.ts';
import { encodeFields } from '../encode-value.ts';
import { escapeName, ownField } from '../field-name.ts';
import { bookkeepingNow, nameOf } from './bookkeeping-now.ts';
import { bookkeepingOf, encodeIntent } from './raw-document.ts';
import type { Portion } from './write-each.ts';

type Update = Portion<'update'>[number];

/**
 * The server only counts what it found as expected. Where that is not all of it, it is read what each is now, and what
 * it was before its last write: that tells whether it was changed here, unless others have changed it twice since.
 */
export const updateAll = async (
  collection: Collection<MongoDocument>,
  updates: Portion<'update'>,
): Promise<readonly RawAnswer[]> => {
  const { matchedCount } = await collection.bulkWrite(updates.map(operationOf), { ordered: false });
  if (matchedCount === updates.length) return updates.map(() => 'done');
  if (matchedCount === 0) return updates.map(() => 'missed');
  const keys = updates.map(({ key }) => key);
  const now = await bookkeepingNow(collection, keys, ['stamp', 'before']);
  const seen = updates.map((update) => recognise(update, now.get(nameOf(update.key))));
  const done = seen.filter((each) => each === 'done').length;
  const unknown = seen.filter((each) => each === undefined).length;
  if (matchedCount !== done && matchedCount !== done + unknown)
    throw new InDoubtError('others have written again what a batch has just written');
  const rest = matchedCount === done ? 'missed' : 'done';
  return seen.map((each) => each ?? rest);
};

/** `undefined`: it is gone, or was written more than once since it was as expected. */
const recognise = (
  { stamp, expected }: Update,
  now: Partial<Bookkeeping> | undefined,
): RawAnswer | undefined => {
  if (now?.stamp === stamp || now?.before === stamp) return 'done';
  return now?.before === expected || now?.stamp === expected ? 'missed' : undefined;
};

const operationOf = (write: Update): AnyBulkWriteOperation<MongoDocument> => {
  const filter = { _id: idOf(write.key), [`${ownField}.stamp`]: write.expected };
  const { change } = write;
  if (change === undefined || change.kind === 'patch')
    return { updateOne: { filter, update: updateOf(write) } };
  const fields = change.kind === 'put' ? change.fields : undefined;
  const { stamp, version, intent } = write;
  const kept = {
    ...bookkeepingOf({ stamp, version, ...(fields && { fields }), ...(intent && { intent }) }),
    before: write.expected,
  };
  return { replaceOne: { filter, replacement: { ...encodeFields(fields ?? {}), [ownField]: kept } } };
};

/** Leaves what it does not name: a document that only gets or loses an intent is not sent again. */
const updateOf = ({ expected, stamp, version, change, intent }: Update): UpdateFilter<MongoDocument> => {
  const patch = change?.kind === 'patch' ? change : { set: {}, unset: [] };
  const unset = [...patch.unset.map(escapeName), ...(intent === undefined ? [`${ownField}.intent`] : [])];
  return {
    $set: {
      ...encodeFields(patch.set),
      [`${ownField}.stamp`]: stamp,
      [`${ownField}.before`]: expected,
      [`${ownField}.version`]: version,
      ...(intent && { [`${ownField}.intent`]: encodeIntent(intent) }),
    },
    ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map((name) => [name, ''])) }),
  };
};
