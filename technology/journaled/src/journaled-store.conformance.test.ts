import { storeCases } from '@waybill/testing';
import { describeConformance } from '@waybill/testing/vitest';
import { JournaledStore } from './index.ts';
import { MemoryDocuments, MemoryDocumentsBackend } from './memory.ts';

let backend = new MemoryDocumentsBackend();
const open = (): JournaledStore => new JournaledStore(new MemoryDocuments(backend));
const { capabilities } = open();

describeConformance(storeCases, async () => ({
  technology: 'journaled over memory',
  capabilities,
  server: () => `memory of Node.js ${process.version}`,
  fresh: async () => {
    backend = new MemoryDocumentsBackend();
    return open();
  },
  another: async () => open(),
  dispose: async () => undefined,
}));
