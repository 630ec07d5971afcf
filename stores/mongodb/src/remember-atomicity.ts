import { ConfigError, type StoreCapabilities } from '@waybill/core';
import type { MongoConnection } from './mongo-connection.ts';
import { ownCollection } from './own-collection.ts';
import { isDuplicateKey } from './translate-error.ts';

interface Remembered {
  readonly _id: 'atomicity';
  readonly is: StoreCapabilities['atomicity'];
}

/**
 * A database is kept in one way: transactions of the server see no intents, and the journal sees no transactions.
 * Throws a `ConfigError` if it was begun in the other one.
 */
export const rememberAtomicity = async (
  mongo: MongoConnection,
  is: StoreCapabilities['atomicity'],
): Promise<void> => {
  const remembered = ownCollection<Remembered>(mongo.db);
  const was = await mongo.run({ changes: false }, async () => {
    try {
      await remembered.insertOne({ _id: 'atomicity', is });
      return is;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return (await remembered.findOne({ _id: 'atomicity' }))?.is;
    }
  });
  if (was === is) return;
  throw new ConfigError(`this database of MongoDB is kept ${was}, and would be used ${is} now`, {
    facts: { finding: 'mongodb.atomicity' },
    fix:
      was === 'journaled'
        ? "say atomicity: 'journaled', or name another database"
        : 'use a replica set as before, or name another database',
  });
};
