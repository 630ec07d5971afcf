import { bindPort, defineAdapter } from '@waybill/core';
import { inspectFile } from '@waybill/sqlite';
import { sqliteStoreOptions } from './options.ts';
import { openSqliteStore } from './sqlite-store.ts';

export { type SqliteStoreOptions, sqliteStoreOptions } from './options.ts';
export { openSqliteStore, SqliteStore } from './sqlite-store.ts';

export const sqliteStore = defineAdapter({
  port: 'store',
  name: 'sqlite',
  options: sqliteStoreOptions,
  module: (options) => bindPort('store', () => openSqliteStore(options)),
  inspect: (options) => inspectFile(options, 'the last commits before a loss of power may be gone'),
});
export default sqliteStore;
