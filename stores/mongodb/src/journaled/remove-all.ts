import { InDoubtError } from '@waybill/core';
import type { RawAnswer } from '@waybill/journaled';
import type { Collection } from 'mongodb';
import { idOf, type MongoDocument } from '../document.ts';
import { ownField } from '../field-name.ts';
import type { Portion } from './write-each.ts';

/** The server only counts. Where that is not all, what is gone was removed here, if it is as much as was counted. */
export const removeAll = async (
  collection: Collection<MongoDocument>,
  removals: Portion<'remove'>,
): Promise<readonly RawAnswer[]> => {
  const operations = removals.map(({ key, expected }) => ({
    deleteOne: { filter: { _id: idOf(key), [`${ownField}.stamp`]: expected } },
  }));
  const { deletedCount } = await collection.bulkWrite(operations, { ordered: false });
  if (deletedCount === removals.length) return removals.map(() => 'done');
  if (deletedCount === 0) return removals.map(() => 'missed');
  const ids = removals.map(({ key }) => idOf(key));
  const left = await collection.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
  if (removals.length - left.length !== deletedCount)
    throw new InDoubtError(
      'somebody else removes the same documents; which of them were removed here is not seen',
    );
  const there = new Set(left.map(({ _id }) => `${_id.tenant}\0${_id.id}`));
  return removals.map(({ key }) => (there.has(`${key.tenant}\0${key.id}`) ? 'missed' : 'done'));
};
