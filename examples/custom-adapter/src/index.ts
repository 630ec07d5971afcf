import { bindPort, defineAdapter } from '@waybill/core';
import { FolderBroker } from './folder-broker.ts';
import { folderBrokerOptions } from './options.ts';

/** The default export is all that a config needs: `broker: { use: './path/to/this/file.ts', folder: './tickets' }`. */
export default defineAdapter({
  port: 'broker',
  name: 'folder',
  options: folderBrokerOptions,
  module: (options) => bindPort('broker', () => FolderBroker.open(options)),
  inspect: async () => ({ server: `file system (${process.platform})`, findings: [] }),
});
