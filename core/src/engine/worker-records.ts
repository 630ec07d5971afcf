import type { CollectionSpec, DocumentStore } from '../store.ts';

/** A worker process, as it tells of itself with every heartbeat. */
export interface WorkerRecord {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly seenAt: number;
  readonly running: number;
  readonly slots: number;
  readonly topics: number;
  readonly state: 'running' | 'stopping';
}

export const workersCollection = {
  name: 'waybill.workers',
  indexes: [{ name: 'seen', fields: ['seenAt'], acrossTenants: true }],
} as const satisfies CollectionSpec;

const keyOf = (id: string) => ({ collection: workersCollection.name, tenant: 'waybill', id });

export const writeWorker = async (store: DocumentStore, { id, ...fields }: WorkerRecord): Promise<void> => {
  await store.commit([{ expect: [], writes: [{ kind: 'put', key: keyOf(id), fields: { ...fields } }] }]);
};

export const removeWorker = async (store: DocumentStore, id: string): Promise<void> => {
  await store.commit([{ expect: [], writes: [{ kind: 'delete', key: keyOf(id) }] }]);
};

/** Those seen since `since`, by the store's clock. */
export const listWorkers = async (store: DocumentStore, since: number): Promise<readonly WorkerRecord[]> => {
  const query = {
    collection: workersCollection.name,
    index: 'seen',
    equals: [],
    range: { min: since },
    limit: 1_000,
  };
  const { documents } = await store.find(query);
  // Written by `writeWorker` only.
  return documents.map(({ key, fields }) => ({ ...(fields as unknown as WorkerRecord), id: key.id }));
};

/** Removes workers that have not been seen for a while. */
export const forgetWorkers = async (store: DocumentStore, before: number): Promise<void> => {
  const query = {
    collection: workersCollection.name,
    index: 'seen',
    equals: [],
    range: { max: before },
    limit: 100,
  };
  const { documents } = await store.find(query);
  if (documents.length === 0) return;
  await store.commit(
    documents.map(({ key, version }) => ({
      expect: [{ kind: 'version', key, version }],
      writes: [{ kind: 'delete', key }],
    })),
  );
};
