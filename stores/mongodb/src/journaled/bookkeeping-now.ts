import type { Key } from '@waybill/core';
import type { Collection } from 'mongodb';
import { type Bookkeeping, idOf, type MongoDocument } from '../document.ts';

/** What lies there now of these documents, by `nameOf`; only what is asked for. */
export const bookkeepingNow = async (
  collection: Collection<MongoDocument>,
  keys: readonly Key[],
  wanted: readonly (keyof Bookkeeping)[],
): Promise<ReadonlyMap<string, Partial<Bookkeeping>>> => {
  const projection = Object.fromEntries(wanted.map((name) => [`_waybill.${name}`, 1]));
  const found = await collection.find({ _id: { $in: keys.map(idOf) } }, { projection }).toArray();
  return new Map(found.map(({ _id, _waybill }) => [nameOf(_id), _waybill]));
};

export const nameOf = ({ tenant, id }: Pick<Key, 'tenant' | 'id'>): string => `${tenant}\0${id}`;
