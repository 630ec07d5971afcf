import type { DocumentStore } from '@waybill/core';
import { JournaledStore } from '@waybill/journaled';
import { MemoryDocuments, MemoryDocumentsBackend } from '@waybill/journaled/memory';
import type { Harness } from '../conformance/harness.ts';

/** The store that the journaled protocol makes of single documents in memory. */
export const quickJournaled = async (): Promise<Harness<DocumentStore>> => {
  let backend = new MemoryDocumentsBackend();
  const open = (): JournaledStore => new JournaledStore(new MemoryDocuments(backend));
  return {
    technology: 'journaled',
    capabilities: open().capabilities,
    server: () => `memory of Node.js ${process.version}`,
    fresh: async () => {
      backend = new MemoryDocumentsBackend();
      return open();
    },
    another: async () => open(),
    dispose: async () => undefined,
  };
};
