import { bindPort, defineAdapter } from '@waybill/core';
import { inspectFile } from '@waybill/sqlite';
import { sqliteBrokerOptions } from './options.ts';
import { openSqliteBroker } from './sqlite-broker.ts';

export { type SqliteBrokerOptions, sqliteBrokerOptions } from './options.ts';
export { openSqliteBroker, SqliteBroker } from './sqlite-broker.ts';

export const sqliteBroker = defineAdapter({
  port: 'broker',
  name: 'sqlite',
  options: sqliteBrokerOptions,
  module: (options) => bindPort('broker', () => openSqliteBroker(options)),
  inspect: (options) => inspectFile(options),
});
export default sqliteBroker;
