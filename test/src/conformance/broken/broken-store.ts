import type {
  CommitOutcome,
  DocumentStore,
  Expectation,
  Fields,
  Key,
  Stored,
  Transaction,
  Write,
} from '@waybill/core';
import { altered } from './altered.ts';
import type { Broken } from './broken.ts';

export type BrokenStore = Broken<DocumentStore>;
type Commit = DocumentStore['commit'];

/** A fault that needs nothing but the client it is in. */
export const faulty = (
  fault: string,
  caughtBy: BrokenStore['caughtBy'],
  change: (store: DocumentStore) => Partial<DocumentStore>,
): BrokenStore => ({ fault, caughtBy, breaker: () => (store) => altered(store, change(store)) });

/** Sends other transactions than it was given. */
export const sends =
  (change: (transaction: Transaction, store: DocumentStore) => Transaction | Promise<Transaction>) =>
  (store: DocumentStore): { commit: Commit } => ({
    commit: async (batch) => {
      const sent: Transaction[] = [];
      for (const transaction of batch) sent.push(await change(transaction, store));
      return store.commit(sent);
    },
  });

/** Writes something else; undefined: nothing. */
export const writes = (
  change: (write: Write, store: DocumentStore) => Promise<Write | undefined> | Write | undefined,
) =>
  sends(async (transaction, store) => {
    const changed: Write[] = [];
    for (const write of transaction.writes) {
      const written = await change(write, store);
      if (written !== undefined) changed.push(written);
    }
    return { ...transaction, writes: changed };
  });

/** Stores other fields than it was given. */
export const stores = (change: (fields: Fields, kind: 'put' | 'patch') => Fields) =>
  writes((write) =>
    write.kind === 'delete' ? write : { ...write, fields: change(write.fields, write.kind) },
  );

/** Answers something else than happened. */
export const answers =
  (change: (outcome: CommitOutcome, transaction: Transaction) => CommitOutcome) =>
  (store: DocumentStore): { commit: Commit } => ({
    commit: async (batch) => {
      const outcomes = await store.commit(batch);
      return batch.flatMap((transaction, n) => {
        const outcome = outcomes[n];
        return outcome === undefined ? [] : change(outcome, transaction);
      });
    },
  });

export const isOf =
  <K extends Expectation['kind']>(kind: K) =>
  (expectation: Expectation): expectation is Extract<Expectation, { kind: K }> =>
    expectation.kind === kind;

/** Does not check these expectations. */
export const ignores = (kind: Expectation['kind']) =>
  sends(({ expect, ...rest }) => ({ ...rest, expect: expect.filter((each) => each.kind !== kind) }));

/** An expectation that no document meets. */
const never = (key: Key): Expectation => ({ kind: 'version', key, version: Number.MAX_SAFE_INTEGER });
const nowhere: Key = { collection: 'things', tenant: 'nobody', id: 'nothing' };

/** Decides expectations of a kind by itself, before it sends the others. */
export const decides = <K extends Expectation['kind']>(
  kind: K,
  holds: (
    expectation: Extract<Expectation, { kind: K }>,
    store: DocumentStore,
    transaction: Transaction,
  ) => Promise<boolean>,
) =>
  sends(async (transaction, store) => {
    const left: Expectation[] = [];
    for (const expectation of transaction.expect)
      if (!isOf(kind)(expectation)) left.push(expectation);
      else if (!(await holds(expectation, store, transaction)))
        left.push(never('key' in expectation ? expectation.key : nowhere));
    return { ...transaction, expect: left };
  });

/** Takes one key for another, everywhere. */
export const renames =
  (change: (key: Key) => Key) =>
  (store: DocumentStore): Partial<DocumentStore> => {
    const restore = (stored: Stored | undefined, key: Key): Stored | undefined =>
      stored && { ...stored, key };
    return {
      get: async (keys) => {
        const stored = await store.get(keys.map(change));
        return keys.map((key, n) => restore(stored[n], key));
      },
      commit: sends(({ expect, writes, reads }) => ({
        expect: expect.map((each) => ('key' in each ? { ...each, key: change(each.key) } : each)),
        writes: writes.map((write) => ({ ...write, key: change(write.key) })),
        ...(reads && { reads: reads.map(change) }),
      }))(store).commit,
    };
  };

export const one = async (store: DocumentStore, key: Key): Promise<Stored | undefined> =>
  (await store.get([key]))[0];
