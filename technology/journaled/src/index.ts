/**
 * The journaled commit protocol: Waybill's DocumentStore contract over any backend that has only a conditional write
 * of one document. `docs/journaled-protocol.md` tells how and why.
 */
export type { Change, Intent, Patch, RawDocument } from './raw-document.ts';
export type { IndexQuery, RawPage, RawQuery } from './raw-query.ts';
export type { Condition, RawAnswer, RawWrite } from './raw-write.ts';
export type { SingleDocuments } from './single-documents.ts';
export { JournaledStore, type JournaledStoreOptions } from './journaled-store.ts';
export { defaultJournalSettings, type JournalSettings } from './settings.ts';
