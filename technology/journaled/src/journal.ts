import type { CollectionSpec, Key } from '@waybill/core';
import type { RawDocument } from './raw-document.ts';
import type { RawWrite } from './raw-write.ts';
import { stampsOf } from './stamps.ts';

/** What has become of a transaction; `unknown`: it has no entry, either not yet or no longer. */
export type Fate = 'pending' | 'committed' | 'aborted' | 'unknown';

/** One transaction in the journal. The change of `state` from pending to committed is what commits it. */
export interface Entry {
  readonly transaction: number;
  readonly stamp: number;
  readonly state: Exclude<Fate, 'unknown'>;
  /** When this try began, by the backend's clock. */
  readonly begunAt: number;
  /** Every document that it writes. */
  readonly keys: readonly Key[];
}

export const journalIndex = { name: 'begunAt', fields: ['begunAt'], acrossTenants: true } as const;

export const journalCollection = {
  name: 'waybill.journal',
  indexes: [journalIndex],
} as const satisfies CollectionSpec;

export const entryKey = (transaction: number): Key => ({
  collection: journalCollection.name,
  tenant: 'waybill',
  id: String(transaction),
});

export const beginEntry = (transaction: number, begunAt: number, keys: readonly Key[]): RawWrite =>
  create(transaction, { state: 'pending', begunAt, keys });

/** The deciding write. */
export const commitEntry = (transaction: number): RawWrite => settle(transaction, 'committed');

/** Excludes that it ever commits. */
export const abortEntry = (transaction: number): RawWrite => settle(transaction, 'aborted');

/** The same where there is no entry: should it still be on its way, it will not be made. */
export const forestallEntry = (transaction: number, begunAt: number): RawWrite =>
  create(transaction, { state: 'aborted', begunAt, keys: [] });

export const removeEntry = ({ transaction, stamp }: Pick<Entry, 'transaction' | 'stamp'>): RawWrite => ({
  kind: 'remove',
  key: entryKey(transaction),
  expected: stamp,
});

export const entryOf = ({ key, stamp, fields }: RawDocument): Entry => {
  // Entries are written by this file only.
  const { state, begunAt, keys } = fields as unknown as EntryFields;
  return { transaction: Number(key.id), stamp, state, begunAt, keys };
};

type EntryFields = Pick<Entry, 'state' | 'begunAt' | 'keys'>;

const create = (transaction: number, { state, begunAt, keys }: EntryFields): RawWrite => {
  const { held, released } = stampsOf(transaction);
  const stamp = state === 'aborted' ? released : held;
  return {
    kind: 'create',
    document: {
      key: entryKey(transaction),
      stamp,
      version: stamp,
      fields: {
        state,
        begunAt,
        keys: keys.map(({ collection, tenant, id }) => ({ collection, tenant, id })),
      },
    },
  };
};

const settle = (transaction: number, state: 'committed' | 'aborted'): RawWrite => {
  const { held, applied, released } = stampsOf(transaction);
  const stamp = state === 'committed' ? applied : released;
  const change = { kind: 'patch', set: { state }, unset: [] } as const;
  return { kind: 'update', key: entryKey(transaction), expected: held, stamp, version: stamp, change };
};
