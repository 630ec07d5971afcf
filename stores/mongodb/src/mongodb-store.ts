import type { DocumentStore } from '@waybill/core';
import { JournaledStore } from '@waybill/journaled';
import { inspectServer, refuseUnsafe } from './inspect-server.ts';
import { MongoDocuments } from './journaled/mongo-documents.ts';
import { MongoConnection } from './mongo-connection.ts';
import { NativeStore } from './native/native-store.ts';
import { type MongodbStoreOptions, mongodbStoreOptions } from './options.ts';
import { rememberAtomicity } from './remember-atomicity.ts';

/**
 * Finds out what the server can do, and opens the store that fits. Throws a `ConfigError` for a server that would
 * break a promise, and for documents that were kept by the other way.
 */
export const openMongodbStore = async (
  options: Partial<MongodbStoreOptions> = {},
): Promise<DocumentStore> => {
  const complete = mongodbStoreOptions.parse(options);
  const mongo = await MongoConnection.open(complete);
  try {
    const inspection = await inspectServer(mongo, complete);
    refuseUnsafe(inspection);
    const { atomicity, durability } = inspection;
    await rememberAtomicity(mongo, atomicity);
    return atomicity === 'native'
      ? new NativeStore(mongo, { durability, parallel: complete.parallel })
      : new JournaledStore(new MongoDocuments(mongo, durability));
  } catch (error) {
    await mongo.close();
    throw error;
  }
};
