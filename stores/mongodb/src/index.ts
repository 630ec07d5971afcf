import { bindPort, defineAdapter } from '@waybill/core';
import { inspectOptions } from './inspect-server.ts';
import { openMongodbStore } from './mongodb-store.ts';
import { mongodbStoreOptions } from './options.ts';

export { declaredCapabilities } from './declared-capabilities.ts';
export { openMongodbStore } from './mongodb-store.ts';
export { type MongodbStoreOptions, mongodbStoreOptions } from './options.ts';

/** Keeps documents in MongoDB, or in a server that speaks like one. */
export const mongodbStore = defineAdapter({
  port: 'store',
  name: 'mongodb',
  options: mongodbStoreOptions,
  module: (options) => bindPort('store', () => openMongodbStore(options)),
  inspect: inspectOptions,
});
export default mongodbStore;
