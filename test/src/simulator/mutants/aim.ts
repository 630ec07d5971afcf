import type { Fields, Transaction } from '@waybill/core';
import { outbox, tasks } from '../records.ts';

/** What core means by a transaction. */
export type Aim =
  | 'submit'
  | 'claim'
  | 'renew'
  | 'report'
  | 'journal'
  | 'complete'
  | 'fail'
  | 'begin-rollback'
  | 'end-rollback'
  | 'postpone'
  | 'postpone-rollback'
  | 'give-back'
  | 'reap'
  | 'cancel'
  | 'relayed'
  | 'other';

/** Told from what it writes and expects; mutants change transactions of one aim. */
export const aimOf = (transaction: Transaction): Aim => {
  const patch = taskPatch(transaction);
  if (patch !== undefined) return aimOfPatch(patch, expectedOf(transaction));
  if (transaction.writes.some(({ kind, key }) => kind === 'put' && key.collection === tasks)) return 'submit';
  return transaction.writes.every(({ kind, key }) => kind === 'delete' && key.collection === outbox)
    ? 'relayed'
    : 'other';
};

/** What the transaction changes of the record of a task. */
export const taskPatch = ({ writes }: Transaction): Fields | undefined =>
  writes.flatMap((write) =>
    write.kind === 'patch' && write.key.collection === tasks ? [write.fields] : [],
  )[0];

/** What it expects of the record of a task. */
export const expectedOf = ({ expect }: Transaction): Readonly<Record<string, unknown>> =>
  expect.flatMap((expectation) => (expectation.kind === 'fields' ? [expectation.fields] : []))[0] ?? {};

const aimOfPatch = (patch: Fields, expected: Readonly<Record<string, unknown>>): Aim => {
  if ('round' in patch) return 'end-rollback';
  if ('journal' in patch) return 'journal';
  if ('progress' in patch && !('phase' in patch)) return 'report';
  if ('undoFailures' in patch && 'failures' in patch) return 'postpone-rollback';
  if (!('nonce' in expected)) return aimFromOutside(patch);
  if (patch['phase'] === 'completed') return 'complete';
  if ('at' in expected) return 'reap';
  if (patch['unknownMs'] !== undefined) return 'postpone';
  if ('failures' in patch) return 'phase' in patch ? 'fail' : 'begin-rollback';
  return patch['phase'] === 'available' ? 'give-back' : 'renew';
};

const aimFromOutside = (patch: Fields): Aim => {
  if (patch['phase'] === 'held') return 'claim';
  return patch['phase'] === 'cancelled' || patch['verdict'] === 'cancelled' ? 'cancel' : 'other';
};
