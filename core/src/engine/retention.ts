import { queueNames } from '../broker.ts';
import type { DocumentStore, Key, Transaction } from '../store.ts';
import type { EngineContext } from './engine-context.ts';
import { removeRefused } from './outbox.ts';
import { logsCollection } from './task-logs.ts';
import { tasksCollection } from './task-record.ts';

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
      const outcomes = await store.commit(documents.map(({ key, version }) => removal(key, version)));
      removed += outcomes.filter(({ result }) => result === 'committed').length;
      for (const { key } of documents) await removeLogs(store, key);
    }
  }
  return removed;
};

/** Removes one record that is over, whatever its age, with its log. */
export const removeTask = async (store: DocumentStore, key: Key, version: number): Promise<boolean> => {
  const [outcome] = await store.commit([removal(key, version)]);
  if (outcome?.result !== 'committed') return false;
  await removeLogs(store, key);
  return true;
};

const removal = (key: Key, version: number): Transaction => ({
  expect: [{ kind: 'version', key, version }],
  writes: [{ kind: 'delete', key }],
});

const removeLogs = async (store: DocumentStore, { tenant, id }: Key): Promise<void> => {
  for (;;) {
    const query = {
      collection: logsCollection.name,
      tenant,
      index: 'task',
      equals: [id],
      limit: 200,
    } as const;
    const { documents } = await store.find(query);
    if (documents.length === 0) return;
    await store.commit(documents.map(({ key }) => ({ expect: [], writes: [{ kind: 'delete', key }] })));
  }
};
