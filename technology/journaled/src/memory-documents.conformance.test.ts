import { describeConformance } from '@waybill/testing/vitest';
import { documentsCases } from './cases.ts';
import { MemoryDocuments, MemoryDocumentsBackend } from './memory.ts';
import type { SingleDocuments } from './single-documents.ts';

let backend = new MemoryDocumentsBackend();

describeConformance<SingleDocuments>(documentsCases, () => ({
  technology: 'single documents in memory',
  capabilities: new MemoryDocuments().capabilities,
  server: () => `memory of Node.js ${process.version}`,
  fresh: async () => {
    backend = new MemoryDocumentsBackend();
    return new MemoryDocuments(backend);
  },
  another: async () => new MemoryDocuments(backend),
  dispose: async () => undefined,
}));
