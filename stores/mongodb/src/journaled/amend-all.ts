import { InDoubtError } from '@waybill/core';
import type { RawAnswer } from '@waybill/journaled';
import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { idOf, type MongoDocument } from '../document.ts';
import { encodeFields, encodeValue } from '../encode-value.ts';
import { escapeName, ownField } from '../field-name.ts';
import { type Filter, noList } from '../find-filter.ts';
import { bookkeepingNow, nameOf } from './bookkeeping-now.ts';
import type { Portion } from './write-each.ts';

type Amendment = Portion<'amend'>[number];

/**
 * The server only counts what it found as wanted. Where that is not all of it, the stamps tell which it were, unless
 * others have written some of them again in the meantime.
 */
export const amendAll = async (
  collection: Collection<MongoDocument>,
  amendments: Portion<'amend'>,
): Promise<readonly RawAnswer[]> => {
  const { matchedCount } = await collection.bulkWrite(amendments.map(operationOf), { ordered: false });
  if (matchedCount === amendments.length) return amendments.map(() => 'done');
  if (matchedCount === 0) return amendments.map(() => 'missed');
  const keys = amendments.map(({ key }) => key);
  const now = await bookkeepingNow(collection, keys, ['stamp', 'before']);
  const answers = amendments.map(({ key, stamp }): RawAnswer => {
    const there = now.get(nameOf(key));
    return there?.stamp === stamp || there?.before === stamp ? 'done' : 'missed';
  });
  if (answers.filter((answer) => answer === 'done').length !== matchedCount)
    throw new InDoubtError('others have written again what a batch has just written');
  return answers;
};

const operationOf = (amendment: Amendment): AnyBulkWriteOperation<MongoDocument> => {
  const { change, stamp, version } = amendment;
  return {
    updateOne: {
      filter: filterOf(amendment),
      update: {
        $set: {
          ...encodeFields(change.set),
          [`${ownField}.stamp`]: stamp,
          [`${ownField}.version`]: version,
          // Not known: whoever has written it before may not take it for what came of that.
          [`${ownField}.before`]: 0,
        },
        ...(change.unset.length > 0 && {
          $unset: Object.fromEntries(change.unset.map((name) => [escapeName(name), ''])),
        }),
      },
    },
  };
};

/** Of a document that nobody holds; `null` is what MongoDB finds where nothing is. */
const filterOf = ({ key, where: { version, fields } }: Amendment): Filter => {
  const filter: Record<string, unknown> = {
    _id: idOf(key),
    [`${ownField}.intent`]: null,
    [`${ownField}.absent`]: null,
    ...(version !== undefined && { [`${ownField}.version`]: version }),
  };
  for (const [name, value] of Object.entries(fields))
    filter[escapeName(name)] = { $eq: encodeValue(value), ...noList };
  return filter;
};
