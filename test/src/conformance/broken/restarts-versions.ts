import type { CommitOutcome, Key, Stored, Transaction } from '@waybill/core';
import { altered } from './altered.ts';
import type { BrokenStore } from './broken-store.ts';

interface Versions {
  readonly real: number;
  readonly claimed: number;
}

const nameOf = ({ collection, tenant, id }: Key): string => JSON.stringify([collection, tenant, id]);

/** Counts the versions of a document from 1, and again from 1 when it is created again. */
export const restartsVersions: BrokenStore['breaker'] = () => {
  const own = new Map<string, Versions>();
  const claim = (stored: Stored): Stored => ({
    ...stored,
    version: own.get(nameOf(stored.key))?.claimed ?? stored.version,
  });
  const real = (key: Key, version: number): number => {
    const known = own.get(nameOf(key));
    return known?.claimed === version ? known.real : Number.MAX_SAFE_INTEGER;
  };
  return (store) => {
    const commitOne = async (transaction: Transaction): Promise<CommitOutcome | undefined> => {
      const before = await store.get(transaction.writes.map((write) => write.key));
      const expect = transaction.expect.map((each) =>
        each.kind === 'version' ? { ...each, version: real(each.key, each.version) } : each,
      );
      const [outcome] = await store.commit([{ ...transaction, expect }]);
      if (outcome?.result !== 'committed') return outcome;
      let version = 0;
      for (const [n, { key }] of transaction.writes.entries()) {
        version = before[n] === undefined ? 1 : (own.get(nameOf(key))?.claimed ?? 0) + 1;
        own.set(nameOf(key), { real: outcome.version, claimed: version });
      }
      return { ...outcome, version };
    };
    return altered(store, {
      get: async (keys) => (await store.get(keys)).map((stored) => stored && claim(stored)),
      commit: async (batch) => {
        const outcomes: CommitOutcome[] = [];
        for (const transaction of batch) {
          const outcome = await commitOne(transaction);
          if (outcome !== undefined) outcomes.push(outcome);
        }
        return outcomes;
      },
    });
  };
};
