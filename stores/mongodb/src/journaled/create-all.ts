import type { RawAnswer } from '@waybill/journaled';
import type { Collection } from 'mongodb';
import { documentOf, type MongoDocument } from '../document.ts';
import { encodeFields } from '../encode-value.ts';
import { duplicatesOf } from '../translate-error.ts';
import { bookkeepingOf } from './raw-document.ts';
import type { Portion } from './write-each.ts';

/** The server tells for each whether its key was taken. */
export const createAll = async (
  collection: Collection<MongoDocument>,
  creations: Portion<'create'>,
): Promise<readonly RawAnswer[]> => {
  const documents = creations.map(({ document }) =>
    documentOf(document.key, encodeFields(document.fields ?? {}), bookkeepingOf(document)),
  );
  const taken = await takenAmong(() => collection.insertMany(documents, { ordered: false }));
  return creations.map((_, i) => (taken.has(i) ? 'missed' : 'done'));
};

/** Places in the request whose keys were taken; all others are done. */
export const takenAmong = async (work: () => Promise<unknown>): Promise<ReadonlySet<number>> => {
  try {
    await work();
    return new Set();
  } catch (error) {
    const taken = duplicatesOf(error);
    if (taken === undefined) throw error;
    return taken;
  }
};
