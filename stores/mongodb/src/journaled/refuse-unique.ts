import { ConfigError } from '@waybill/core';
import type { MongoConnection } from '../mongo-connection.ts';

/**
 * What the journal has decided must be possible: a document that a unique index keeps out afterwards would be half
 * of a transaction for ever. Throws a `ConfigError` for a collection to which somebody has added one.
 */
export const refuseUnique = async (mongo: MongoConnection, collection: string): Promise<void> => {
  const indexes = await mongo.run({ changes: false }, () => mongo.collection(collection).indexes());
  const found = indexes.find(({ unique, key }) => unique === true && Object.keys(key).join() !== '_id');
  if (found === undefined) return;
  throw new ConfigError(`the collection ${collection} has the unique index ${String(found.name)}`, {
    facts: { finding: 'mongodb.unique-index', collection },
    fix: 'use a replica set, where it is kept, or make the index one that is not unique',
  });
};
