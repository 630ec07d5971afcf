import {
  ConnectionError,
  type CommitOutcome,
  type DocumentStore,
  type Expectation,
  type Fields,
  type Message,
  type Page,
  type Ports,
  type Query,
  type Transaction,
  type Write,
} from '@waybill/core';
import { tasks } from '../records.ts';
import { type Aim, aimOf } from './aim.ts';

interface Changes {
  /** Asks for this instead. */
  readonly transaction?: (transaction: Transaction, aim: Aim) => Transaction;
  /** Whether an outage meets reads as an error that says nothing of an outage. */
  readonly hidesOutages?: boolean;
  readonly page?: (query: Query, page: Page) => Page;
  readonly commit?: (
    batch: readonly Transaction[],
    store: DocumentStore,
  ) => Promise<readonly CommitOutcome[]>;
  readonly publish?: (messages: readonly Message[], ports: Ports) => Promise<void>;
}

/** Ports that are asked for something else than core asks them for. */
export const tamper =
  ({ transaction, hidesOutages = false, page, commit, publish }: Changes) =>
  (ports: Ports): Ports => {
    const { store, channel } = ports;
    const changed = (batch: readonly Transaction[]): readonly Transaction[] =>
      transaction === undefined ? batch : batch.map((given) => transaction(given, aimOf(given)));
    const read = async <T>(answer: Promise<T>): Promise<T> => {
      try {
        return await answer;
      } catch (error) {
        throw hidesOutages && error instanceof ConnectionError ? new Error(error.message) : error;
      }
    };
    return {
      broker: ports.broker,
      store: {
        capabilities: store.capabilities,
        prepare: (collections) => store.prepare(collections),
        get: (keys) => read(store.get(keys)),
        find: async (query) =>
          page === undefined ? store.find(query) : page(query, await store.find(query)),
        commit: (batch) => (commit === undefined ? store.commit(changed(batch)) : commit(batch, store)),
        now: () => store.now(),
        close: () => store.close(),
      },
      channel: {
        capabilities: channel.capabilities,
        publish: (messages) => (publish === undefined ? channel.publish(messages) : publish(messages, ports)),
        subscribe: (subscription) => channel.subscribe(subscription),
        close: () => channel.close(),
      },
    };
  };

/** The transaction without what it expects of these fields of a task's record. */
export const careless = (transaction: Transaction, ...names: readonly string[]): Transaction => ({
  ...transaction,
  expect: transaction.expect.map((expectation) =>
    isOfTask(expectation) ? dropped(expectation, names) : expectation,
  ),
});

/** The transaction with other fields in its patch of a task's record. */
export const patching = (transaction: Transaction, change: (fields: Fields) => Fields): Transaction => ({
  ...transaction,
  writes: transaction.writes.map((write) =>
    isTaskPatch(write) ? { ...write, fields: change(write.fields) } : write,
  ),
});

type OfTask = Extract<Expectation, { kind: 'fields' }>;

const isOfTask = (expectation: Expectation): expectation is OfTask =>
  expectation.kind === 'fields' && expectation.key.collection === tasks;

const dropped = (expectation: OfTask, names: readonly string[]): OfTask => ({
  ...expectation,
  fields: Object.fromEntries(Object.entries(expectation.fields).filter(([name]) => !names.includes(name))),
});

const isTaskPatch = (write: Write): write is Extract<Write, { kind: 'patch' }> =>
  write.kind === 'patch' && write.key.collection === tasks;
