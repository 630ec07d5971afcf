/** Single documents in memory, for tests of the protocol. */
export { MemoryDocuments } from './memory-documents.ts';
export { MemoryDocumentsBackend } from './memory-documents-backend.ts';
export { changed } from './change.ts';
export { entryKey, entryOf, journalCollection } from './journal.ts';
