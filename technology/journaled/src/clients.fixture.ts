import type { CollectionSpec, CommitOutcome, Fields, Key, Transaction, Write } from '@waybill/core';
import { InstantRuntime } from './instant-runtime.fixture.ts';
import { JournaledStore } from './journaled-store.ts';
import { MemoryDocumentsBackend } from './memory-documents-backend.ts';
import type { RawWrite } from './raw-write.ts';
import type { JournalSettings } from './settings.ts';
import { StagedDocuments } from './staged-documents.fixture.ts';

const collections: readonly CollectionSpec[] = [
  { name: 'things', indexes: [{ name: 'by-size', fields: ['size'] }] },
  { name: 'waybill.things' },
];

export interface Client {
  readonly store: JournaledStore;
  readonly documents: StagedDocuments;
}

/** Clients of one namespace. Nobody sweeps unless asked to. */
export class Clients {
  readonly backend = new MemoryDocumentsBackend();
  readonly runtime = new InstantRuntime();

  async open(settings: Partial<JournalSettings> = {}): Promise<Client> {
    const documents = new StagedDocuments(this.backend);
    const store = new JournaledStore(documents, {
      runtime: this.runtime,
      settings: { sweepMs: Number.POSITIVE_INFINITY, ...settings },
    });
    await store.prepare(collections);
    // Takes the block of numbers, so that calls can be counted.
    await store.commit([{ expect: [], writes: [put('first', {})] }]);
    documents.calls.length = 0;
    return { store, documents };
  }
}

export const key = (id: string, collection = 'things'): Key => ({ collection, tenant: 'acme', id });

export const put = (id: string, fields: Fields): Write => ({
  kind: 'put',
  key: key(id),
  fields,
});

export const patch = (id: string, fields: Fields): Write => ({
  kind: 'patch',
  key: key(id),
  fields,
});

export const remove = (id: string): Write => ({ kind: 'delete', key: key(id) });

export const commitOne = async (
  { store }: Client,
  transaction: Partial<Transaction>,
): Promise<CommitOutcome> => {
  const [outcome] = await store.commit([{ expect: [], writes: [], ...transaction }]);
  if (outcome === undefined) throw new Error('a commit answers each transaction');
  return outcome;
};

/** Whether this call decides a transaction, applies one, or removes an entry. */
export const isDecision = (writes: readonly RawWrite[]): boolean =>
  writes.some(
    (write) =>
      write.kind === 'update' && write.change?.kind === 'patch' && write.change.set['state'] === 'committed',
  );
export const isApplying = (writes: readonly RawWrite[]): boolean =>
  writes.some((write) => write.kind === 'update' && write.version === write.expected);
