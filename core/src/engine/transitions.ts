import type { Fields, Key, Transaction } from '../store.ts';
import {
  attemptOf,
  type Failure,
  type JournalEntry,
  type Mode,
  placeOf,
  type Progress,
  type TaskRecord,
  taskKey,
  type Verdict,
} from './task-record.ts';

/**
 * The state machine of a task. Each function is one arrow: a compare-and-set on the record, and the only code
 * that writes it. Whatever the record no longer allows is a conflict and changes nothing.
 *
 *   submit ─▶ available | delayed                delayed ─due▶ available ─claim▶ held
 *   held/run ─▶ completed                        held/run ─fail, nothing to undo▶ delayed | failed
 *   held/run ─fail, cancel▶ held/rollback ─all undone▶ delayed | failed | cancelled
 *   held/rollback ─undo failed▶ delayed/rollback | stuck           stuck ─resume▶ available/rollback
 *   held ─lease expired▶ available | available/rollback | failed   held ─given back▶ available
 *   held/run ─topic unknown to the holder▶ delayed                 held/rollback ─effect unknown▶ delayed/rollback
 *   available, delayed ─cancel▶ cancelled
 */

/** What a run knows of its claim; every write of the run expects it. */
export interface Fence {
  readonly key: Key;
  readonly nonce: string;
  readonly epoch: number;
}

type RecordFields = { readonly [F in keyof TaskRecord]?: TaskRecord[F] | undefined };

/** Every field of a record is JSON by its type's making; the compiler cannot see that of interfaces. */
const json = (fields: RecordFields): Fields => fields as unknown as Fields;

const patch = (
  key: Key,
  expected: Record<string, string | number | null>,
  fields: RecordFields,
): Transaction => ({
  expect: [{ kind: 'fields', key, fields: expected }],
  writes: [{ kind: 'patch', key, fields: json(fields) }],
});

const running = (fence: Fence): Record<string, string | number> => ({
  phase: 'held',
  mode: 'run',
  epoch: fence.epoch,
  nonce: fence.nonce,
});
const rollingBack = (fence: Fence): Record<string, string | number> => ({
  ...running(fence),
  mode: 'rollback',
});
const workingOn = ({ mode }: TaskRecord, fence: Fence): Record<string, string | number> =>
  mode === 'run' ? running(fence) : rollingBack(fence);

export const create = (record: TaskRecord): Transaction => {
  const key = taskKey(record.tenant, record.id);
  return {
    expect: [{ kind: 'absent', key }],
    writes: [{ kind: 'put', key, fields: json(withoutKey(record)) }],
  };
};

/** Fields that every record has; the compiler refuses any other, and wants all of them. */
type AlwaysThere = {
  readonly [F in keyof TaskRecord as undefined extends TaskRecord[F] ? never : F]: TaskRecord[F];
};

/** Most new tasks have just these fields. To leave two out of all takes V8 eight times as long as to name the others. */
const withoutKey = (record: TaskRecord): RecordFields => {
  const { topic, input, queue, priority, phase, mode, at, epoch } = record;
  const { forgiven, attempts, nonce, round, journalWrites, submittedAt } = record;
  // One literal, as the second spread into an object is slow again.
  const fields: Omit<AlwaysThere, 'id' | 'tenant'> = {
    topic,
    input,
    queue,
    priority,
    phase,
    mode,
    at,
    epoch,
    forgiven,
    attempts,
    nonce,
    round,
    journalWrites,
    submittedAt,
  };
  if (Object.keys(record).length === Object.keys(fields).length + 2) return fields;
  const { id: _id, tenant: _tenant, ...all } = record;
  return all;
};

/** The epoch of the ticket makes an old ticket harmless: it fits only the claim it was issued for. */
export const claim = (
  key: Key,
  ticketEpoch: number,
  by: { readonly nonce: string; readonly owner: string; readonly now: number; readonly leaseUntil: number },
): Transaction => ({
  expect: [{ kind: 'fields', key, fields: { phase: 'available', epoch: ticketEpoch } }],
  writes: [
    {
      kind: 'patch',
      key,
      fields: {
        phase: 'held',
        epoch: ticketEpoch + 1,
        nonce: by.nonce,
        owner: by.owner,
        at: by.leaseUntil,
        startedAt: by.now,
      },
    },
  ],
  reads: [key],
});

/** A conflict also where the task was cancelled: the holder then looks and turns back. */
export const renew = (fence: Fence, mode: Mode, leaseUntil: number): Transaction =>
  patch(fence.key, { ...running(fence), mode }, { at: leaseUntil });

export const report = (fence: Fence, progress: Progress): Transaction =>
  patch(fence.key, running(fence), { progress });

/** The one deciding write; the unit of work adds its documents, tasks and messages to the same transaction. */
export const complete = (
  fence: Fence,
  by: { readonly result: string | undefined; readonly now: number; readonly keepUntil: number },
): Transaction => {
  const end: RecordFields = {
    phase: 'completed',
    at: by.keepUntil,
    finishedAt: by.now,
    owner: undefined,
  };
  return patch(fence.key, running(fence), by.result === undefined ? end : { ...end, result: by.result });
};

/**
 * Counts its writes, and expects the count: a journal request that a network delivers late must not put an old
 * journal in the place of a newer one.
 */
export const writeJournal = (
  record: TaskRecord,
  fence: Fence,
  entries: readonly JournalEntry[],
): Transaction =>
  patch(
    fence.key,
    { ...workingOn(record, fence), journalWrites: record.journalWrites },
    { journal: entries, journalWrites: record.journalWrites + 1 },
  );

/** A failed attempt with nothing to undo: another one later, or the end. */
export const fail = (
  record: TaskRecord,
  fence: Fence,
  by: {
    readonly failure: Failure;
    readonly retryAt: number | undefined;
    readonly now: number;
    readonly keepUntil: number;
  },
): Transaction =>
  patch(fence.key, running(fence), {
    ...ended(by.retryAt === undefined ? 'failed' : 'retry', by.retryAt, by),
    failures: [...(record.failures ?? []), by.failure],
    ...knownAgain(record),
  });

/** Somebody knew what he came to, or it is another thing now: from here on the task is put off anew for as long. */
const knownAgain = (record: TaskRecord): RecordFields =>
  record.unknownMs === undefined ? {} : { unknownMs: undefined };

const turningBack = (record: TaskRecord, verdict: Verdict): RecordFields => ({
  mode: 'rollback',
  verdict,
  ...knownAgain(record),
});

/** From here on the task cannot complete in this attempt; the same holder goes on to undo. */
export const beginRollback = (
  record: TaskRecord,
  fence: Fence,
  by: { readonly failure: Failure; readonly retryAt: number | undefined },
): Transaction =>
  patch(fence.key, running(fence), {
    ...turningBack(record, by.retryAt === undefined ? 'failed' : 'retry'),
    retryAt: by.retryAt,
    failures: [...(record.failures ?? []), by.failure],
  });

/**
 * Everything is undone. Expects the verdict, because a cancel may have changed it since it was read. The next attempt's
 * effects get new keys: an agent refuses the old ones for good.
 */
export const endRollback = (
  record: TaskRecord,
  fence: Fence,
  by: { readonly now: number; readonly keepUntil: number },
): Transaction =>
  patch(
    fence.key,
    { ...rollingBack(fence), verdict: record.verdict ?? null },
    {
      ...ended(record.verdict ?? 'failed', record.retryAt, by),
      round: record.round + 1,
      ...(record.verdict === 'retry' ? { journal: undefined, failures: withUndone(record) } : {}),
      ...knownAgain(record),
      undoFailures: undefined,
      retryAt: undefined,
      verdict: undefined,
    },
  );

/** The journal begins anew with the next attempt; what this one undid stays with its failure. */
const withUndone = ({ failures = [], journal = [] }: TaskRecord): readonly Failure[] => {
  const last = failures.at(-1);
  if (last === undefined) return failures;
  return [...failures.slice(0, -1), { ...last, undone: journal.map(({ name }) => name) }];
};

const ended = (
  verdict: Verdict,
  retryAt: number | undefined,
  by: { readonly now: number; readonly keepUntil: number },
): RecordFields =>
  verdict === 'retry'
    ? { phase: 'delayed', mode: 'run', at: retryAt ?? by.now, owner: undefined, progress: undefined }
    : { phase: verdict, mode: 'run', at: by.keepUntil, finishedAt: by.now, owner: undefined };

/** An undo failed: try again later, or leave it to an operator. */
export const postponeRollback = (
  record: TaskRecord,
  fence: Fence,
  by: {
    readonly failure: Failure;
    readonly againAt: number | undefined;
    readonly now: number;
    /** Whether the holder knows the effect, so that it failed for another reason. */
    readonly isKnown: boolean;
  },
): Transaction =>
  patch(fence.key, rollingBack(fence), {
    phase: by.againAt === undefined ? 'stuck' : 'delayed',
    at: by.againAt ?? by.now,
    owner: undefined,
    forgiven: record.forgiven + 1,
    undoFailures: (record.undoFailures ?? 0) + 1,
    failures: [...(record.failures ?? []), by.failure],
    ...(by.isKnown ? knownAgain(record) : {}),
  });

/** An operator has mended the cause. */
export const resume = (record: TaskRecord, now: number): Transaction =>
  patch(
    taskKey(record.tenant, record.id),
    { phase: 'stuck', epoch: record.epoch },
    {
      phase: 'available',
      at: placeOf(record.priority, now),
      undoFailures: undefined,
      ...knownAgain(record),
    },
  );

/** A worker that stops gives its task back; the attempt does not count. */
export const giveBack = (record: TaskRecord, fence: Fence): Transaction =>
  patch(fence.key, workingOn(record, fence), {
    phase: 'available',
    at: oldPlace(record),
    forgiven: record.forgiven + 1,
    owner: undefined,
    startedAt: undefined,
  });

/** The holder does not know the topic, or the effect to be undone, and another worker may. It is no attempt and no failure. */
export const postpone = (
  record: TaskRecord,
  fence: Fence,
  by: { readonly againAt: number; readonly unknownMs: number },
): Transaction =>
  patch(fence.key, workingOn(record, fence), {
    phase: 'delayed',
    at: by.againAt,
    unknownMs: by.unknownMs,
    forgiven: record.forgiven + 1,
    owner: undefined,
    startedAt: undefined,
  });

/** Due, or hurried by an operator. */
export const makeAvailable = (record: TaskRecord, now: number): Transaction =>
  patch(
    taskKey(record.tenant, record.id),
    { phase: 'delayed', epoch: record.epoch },
    { phase: 'available', at: placeOf(record.priority, now) },
  );

/**
 * A lease ran out: the attempt counts, and the next claim goes on where this one stopped. Expects the mode and
 * the count of journal writes, because the holder, late but not yet fenced, may have turned back or begun an effect
 * since the record was read.
 */
export const reap = (
  record: TaskRecord,
  by: {
    readonly failure: Failure;
    readonly final: boolean;
    readonly now: number;
    readonly keepUntil: number;
  },
): Transaction => {
  const key = taskKey(record.tenant, record.id);
  const { mode, epoch, nonce, at, journalWrites } = record;
  const expected = { phase: 'held', mode, epoch, nonce, at, journalWrites };
  const free = { phase: 'available', at: oldPlace(record), owner: undefined } as const;
  if (record.mode === 'rollback') return patch(key, expected, { ...free, forgiven: record.forgiven + 1 });
  const failures = [...(record.failures ?? []), by.failure];
  if (!by.final) return patch(key, expected, { ...free, failures });
  if (hasEffects(record)) {
    return patch(key, expected, {
      ...free,
      ...turningBack(record, 'failed'),
      ...{ failures, forgiven: record.forgiven + 1 },
    });
  }
  return patch(key, expected, { ...ended('failed', undefined, by), failures });
};

/** A rollback claim is no attempt; it is forgiven when the rollback is arranged. */
export const cancel = (
  record: TaskRecord,
  by: { readonly now: number; readonly keepUntil: number },
): Transaction => {
  const key = taskKey(record.tenant, record.id);
  const expected = { phase: record.phase, mode: record.mode, epoch: record.epoch };
  if (record.mode === 'rollback') return patch(key, expected, { verdict: 'cancelled' });
  const turning = turningBack(record, 'cancelled');
  if (record.phase === 'held') return patch(key, expected, turning);
  if (hasEffects(record)) return patch(key, expected, { ...turning, forgiven: record.forgiven + 1 });
  return patch(key, expected, ended('cancelled', undefined, by));
};

/** A task that was taken back or given back has waited already: it goes before those submitted after it. */
const oldPlace = (record: TaskRecord): number => placeOf(record.priority, record.submittedAt);

export const hasEffects = (record: TaskRecord): boolean =>
  record.journal?.some((entry) => entry.state !== 'undone') ?? false;

export const failureOf = (
  record: TaskRecord,
  failure: Pick<Failure, 'class' | 'code' | 'message' | 'stack'>,
  now: number,
): Failure => ({
  attempt: attemptOf(record),
  epoch: record.epoch,
  startedAt: record.startedAt ?? now,
  failedAt: now,
  ...(record.owner === undefined ? {} : { worker: record.owner }),
  ...failure,
});
