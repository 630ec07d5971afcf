import { queueNames } from '../broker.ts';
import type { DocumentStore, Key, Stored, Transaction } from '../store.ts';
import type { EngineContext } from './engine-context.ts';
import { removeRefused } from './outbox.ts';
import { logsCollection } from './task-logs.ts';
import { tasksCollection } from './task-record.ts';

const logPage = 200;
const mostWrites = 1_000;

/** Removes records that are over and have been kept as long as the config says. Answers how many. */
export const removeExpired = async ({ store, clock, settings }: EngineContext): Promise<number> => {
  let removed = await removeRefused(store, clock.now() - settings.keepFailedMs);
  for (const phase of ['completed', 'failed', 'cancelled'] as const) {
    for (const queue of queueNames) {
      const { documents } = await store.find({
        collection: tasksCollection.name,
        index: 'phase',
        equals: [phase, queue],
        range: { max: clock.now() },
        limit: 500,
      });
      if (documents.length === 0) continue;
      removed += await removeAll(store, documents);
    }
  }
  return removed;
};

/** In commits that a server can carry out at once, however long the logs are. */
const removeAll = async (store: DocumentStore, documents: readonly Stored[]): Promise<number> => {
  let [removed, writes] = [0, 0];
  let removals: Transaction[] = [];
  const commit = async (): Promise<void> => {
    const outcomes = await store.commit(removals);
    removed += outcomes.filter(({ result }) => result === 'committed').length;
    [removals, writes] = [[], 0];
  };
  for (const { key, version } of documents) {
    const next = await removal(store, key, version);
    removals.push(next);
    writes += next.writes.length;
    if (writes >= mostWrites) await commit();
  }
  if (removals.length > 0) await commit();
  return removed;
};

/** Removes one record that is over, whatever its age, with its log. */
export const removeTask = async (store: DocumentStore, key: Key, version: number): Promise<boolean> => {
  const [outcome] = await store.commit([await removal(store, key, version)]);
  return outcome?.result === 'committed';
};

/** The record and its log go together: nobody would find a log whose record is gone. */
const removal = async (store: DocumentStore, key: Key, version: number): Promise<Transaction> => {
  const log = await endOfLog(store, key);
  return {
    expect: [{ kind: 'version', key, version }],
    writes: [key, ...log].map((each) => ({ kind: 'delete', key: each })),
  };
};

/** Of a long log all but the end is removed at once, so that the transaction stays small. */
const endOfLog = async (store: DocumentStore, { tenant, id }: Key): Promise<readonly Key[]> => {
  for (;;) {
    const { documents } = await store.find({
      collection: logsCollection.name,
      tenant,
      index: 'task',
      equals: [id],
      limit: logPage,
    });
    const keys = documents.map(({ key }) => key);
    if (keys.length < logPage) return keys;
    await store.commit(keys.map((key) => ({ expect: [], writes: [{ kind: 'delete', key }] })));
  }
};
