import { InDoubtError } from '@waybill/core';
import type { RawAnswer } from '@waybill/journaled';
import type { Collection } from 'mongodb';
import { idOf, type MongoDocument } from '../document.ts';
import { ownField } from '../field-name.ts';
import { bookkeepingNow, nameOf } from './bookkeeping-now.ts';
import type { Portion } from './write-each.ts';

/**
 * The server only counts what it removes. So only what is there as expected is sent, and if not all of that is counted
 * it is read again: what is gone was removed here, if it is as much as was counted.
 */
export const removeAll = async (
  collection: Collection<MongoDocument>,
  removals: Portion<'remove'>,
): Promise<readonly RawAnswer[]> => {
  if (removals.length === 1) return [await removeOne(collection, removals)];
  const before = await stampsOf(collection, removals);
  const sent = removals.filter(({ key, expected }) => before.get(nameOf(key))?.stamp === expected);
  if (sent.length === 0) return removals.map(() => 'missed');
  const { deletedCount } = await collection.bulkWrite(
    sent.map((removal) => ({ deleteOne: { filter: filterOf(removal) } })),
    { ordered: false },
  );
  const left = deletedCount === sent.length ? new Map() : await stampsOf(collection, sent);
  const gone = new Set(sent.filter(({ key }) => !left.has(nameOf(key))));
  if (gone.size !== deletedCount)
    throw new InDoubtError('others remove the same documents; which of them were removed here is not seen');
  return removals.map((removal) => (gone.has(removal) ? 'done' : 'missed'));
};

type Removal = Portion<'remove'>[number];

const removeOne = async (
  collection: Collection<MongoDocument>,
  [only]: readonly Removal[],
): Promise<RawAnswer> => {
  if (only === undefined) return 'missed';
  const { deletedCount } = await collection.deleteOne(filterOf(only));
  return deletedCount === 1 ? 'done' : 'missed';
};

const filterOf = ({ key, expected }: Removal): Readonly<Record<string, unknown>> => ({
  _id: idOf(key),
  [`${ownField}.stamp`]: expected,
});

const stampsOf = (collection: Collection<MongoDocument>, removals: readonly Removal[]) =>
  bookkeepingNow(
    collection,
    removals.map(({ key }) => key),
    ['stamp'],
  );
