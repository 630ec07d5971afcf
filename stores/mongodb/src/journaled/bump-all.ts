import type { RawAnswer } from '@waybill/journaled';
import type { Collection, Document, UpdateFilter } from 'mongodb';
import { idOf, type MongoDocument } from '../document.ts';
import { ownField } from '../field-name.ts';
import { takenAmong } from './create-all.ts';
import type { Portion } from './write-each.ts';

const raise = {
  $inc: { [`${ownField}.stamp`]: 1 },
  $setOnInsert: { [`${ownField}.version`]: 0, [`${ownField}.absent`]: true },
} as Document as UpdateFilter<MongoDocument>; // the driver’s type finds no number at the end of a computed path

/** Of two that make the same counter at once, one is told that it is taken: then it is there to be raised. */
export const bumpAll = async (
  collection: Collection<MongoDocument>,
  bumps: Portion<'bump'>,
): Promise<readonly RawAnswer[]> => {
  let left = bumps;
  while (left.length > 0) {
    const operations = left.map(({ key }) => ({
      updateOne: {
        filter: { _id: idOf(key) },
        update: raise,
        upsert: true,
      },
    }));
    const taken = await takenAmong(() => collection.bulkWrite(operations, { ordered: false }));
    left = left.filter((_, i) => taken.has(i));
  }
  return bumps.map(() => 'done');
};
