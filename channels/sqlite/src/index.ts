import { bindPort, defineAdapter } from '@waybill/core';
import { inspectFile } from '@waybill/sqlite';
import { sqliteChannelOptions } from './options.ts';
import { openSqliteChannel } from './sqlite-channel.ts';

export { type SqliteChannelOptions, sqliteChannelOptions } from './options.ts';
export { openSqliteChannel, SqliteChannel } from './sqlite-channel.ts';

export const sqliteChannel = defineAdapter({
  port: 'channel',
  name: 'sqlite',
  options: sqliteChannelOptions,
  module: (options) => bindPort('channel', () => openSqliteChannel(options)),
  inspect: (options) => inspectFile(options),
});
export default sqliteChannel;
