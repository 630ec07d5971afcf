import {
  agentCollection,
  type CommitOutcome,
  type DocumentStore,
  type Fields,
  type JournalEntry,
  type Ports,
  type Transaction,
  type Write,
} from '@waybill/core';
import { aimOf, taskPatch } from './aim.ts';
import type { Disguise, Mutant } from './mutant.ts';
import { careless, patching, tamper } from './tamper.ts';

const entriesIn = (fields: Fields | undefined): readonly JournalEntry[] =>
  (fields?.['journal'] ?? []) as unknown as readonly JournalEntry[]; // written by core

/** Says that an intent is written, and writes it only with what follows. */
const lateJournal = (ports: Ports): Ports => {
  const held = new Set<string>();
  const commit = async (
    batch: readonly Transaction[],
    store: DocumentStore,
  ): Promise<readonly CommitOutcome[]> => {
    const outcomes = await Promise.all(
      batch.map(async (given) => {
        if (aimOf(given) !== 'journal') return store.commit([given]);
        const key = given.writes[0]?.key.id ?? '';
        if (entriesIn(taskPatch(given)).at(-1)?.state === 'intent') {
          held.add(key);
          return [{ result: 'committed', version: 1 } as const];
        }
        return store.commit([held.delete(key) ? careless(given, 'journalWrites') : given]);
      }),
    );
    return outcomes.flat();
  };
  return tamper({ commit })(ports);
};

/** The rollback begins with what is in doubt already undone. */
const withoutDoubts = (journals: Map<string, readonly JournalEntry[]>): Disguise =>
  tamper({
    transaction: (given, aim) => {
      const key = given.writes[0]?.key.id ?? '';
      if (aim === 'journal') journals.set(key, entriesIn(taskPatch(given)));
      if (aim !== 'begin-rollback') return given;
      const journal = (journals.get(key) ?? []).map((entry) =>
        entry.state === 'intent' ? { ...entry, state: 'undone' } : entry,
      );
      return patching(given, (fields) => ({ ...fields, journal: journal as unknown as Fields[] })); // as core writes it
    },
  });

const isOfLedger = ({ writes }: Transaction): boolean => writes[0]?.key.collection === agentCollection.name;

const isTombstone = (given: Transaction): boolean =>
  isOfLedger(given) && given.expect[0]?.kind === 'absent' && fieldsOf(given.writes[0])['state'] === 'undone';

const fieldsOf = (write: Write | undefined): Fields =>
  write === undefined || write.kind === 'delete' ? {} : write.fields;

/** What makes effects happen once or not at all. */
export const sagas: readonly Mutant[] = [
  {
    name: 'journal-after-action',
    bug: 'an effect happens before the journal knows of it',
    ports: lateJournal,
  },
  {
    name: 'doubtful-effect-taken-for-failure',
    bug: 'an effect without an answer is taken for one that did not happen, and not undone',
    ports: (ports, process) => withoutDoubts(new Map())(ports, process),
  },
  {
    name: 'no-undo-tombstone',
    bug: 'an agent does what it was asked to undo before',
    agentForgets: true,
  },
  {
    name: 'ledger-without-tombstone',
    bug: "core's own agent keeps no tombstone of what it has not done",
    ports: tamper({
      transaction: (given) => (isTombstone(given) ? { ...given, writes: [] } : given),
    }),
  },
  {
    name: 'same-key-after-undo',
    bug: 'an effect that was undone is done again under its old key',
    ports: tamper({
      transaction: (given, aim) =>
        aim === 'end-rollback' ? patching(given, ({ round: _, ...fields }) => fields) : given,
    }),
  },
  {
    name: 'failure-without-rollback',
    bug: 'an attempt that fails leaves its effects on',
    ports: tamper({
      transaction: (given, aim) =>
        aim === 'begin-rollback'
          ? patching(given, ({ verdict, retryAt: _, mode: __, ...fields }) => ({
              ...fields,
              phase: verdict === 'retry' ? 'delayed' : 'failed',
              at: 0,
            }))
          : given,
    }),
  },
  {
    name: 'retry-before-undo',
    bug: 'an attempt begins before the effects of the last one are undone',
    ports: tamper({
      transaction: (given, aim) =>
        aim === 'begin-rollback'
          ? patching(given, (fields) =>
              fields['verdict'] === 'retry'
                ? { phase: 'delayed', at: 0, failures: fields['failures'] }
                : fields,
            )
          : given,
    }),
  },
];
