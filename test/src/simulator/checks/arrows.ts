import { isOver, type TaskRecord } from '@waybill/core';

/** The arrows of a task's state machine, written down a second time: from the promises, not from the code. */
export type Arrow =
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
  | 'resume'
  | 'give-back'
  | 'make-available'
  | 'reap'
  | 'cancel'
  | 'replay'
  /** Nothing has changed. */
  | 'repeat'
  | 'remove';

/** Those that only the holder of the lease may take. */
export const holdersOnly: ReadonlySet<Arrow> = new Set<Arrow>([
  'renew',
  'report',
  'journal',
  'complete',
  'fail',
  'begin-rollback',
  'end-rollback',
  'postpone',
  'postpone-rollback',
  'give-back',
]);

/** Which arrow leads from one record to the next; `undefined`: there is none. */
export const arrowOf = (before: TaskRecord | undefined, after: TaskRecord | undefined): Arrow | undefined => {
  if (before === undefined) return after !== undefined && isNew(after) ? 'submit' : undefined;
  if (after === undefined) return isOver(before.phase) ? 'remove' : undefined;
  if (onlyChanges(before, after, [])) return 'repeat';
  if (isOver(before.phase)) return onlyChanges(before, after, ['replayedAs']) ? 'replay' : undefined;
  if (after.epoch !== before.epoch) return isClaim(before, after) ? 'claim' : undefined;
  if (before.phase === 'held') return fromHeld(before, after);
  return fromRest(before, after);
};

const isNew = ({ phase, mode, epoch }: TaskRecord): boolean =>
  (phase === 'available' || phase === 'delayed') && mode === 'run' && epoch === 0;

const isClaim = (before: TaskRecord, after: TaskRecord): boolean =>
  before.phase === 'available' &&
  after.phase === 'held' &&
  after.epoch === before.epoch + 1 &&
  after.nonce !== before.nonce &&
  after.mode === before.mode;

const fromHeld = (before: TaskRecord, after: TaskRecord): Arrow | undefined => {
  if (after.nonce !== before.nonce) return undefined;
  if (after.phase === 'held') return whileHeld(before, after);
  if (after.phase === 'available') return toAvailable(before, after);
  if (before.mode === 'run') {
    if (after.mode !== 'run') return undefined;
    if (after.phase === 'completed') return 'complete';
    if (after.phase === 'failed') return isCrash(before, after) ? 'reap' : 'fail';
    return after.phase === 'delayed' ? toDelayed(before, after) : undefined;
  }
  if (after.mode === 'rollback') {
    if (after.phase === 'stuck') return 'postpone-rollback';
    return after.phase === 'delayed' ? toDelayed(before, after) : undefined;
  }
  return isVerdict(before, after) ? 'end-rollback' : undefined;
};

const whileHeld = (before: TaskRecord, after: TaskRecord): Arrow | undefined => {
  if (before.mode === after.mode) {
    if (onlyChanges(before, after, ['at'])) return 'renew';
    if (onlyChanges(before, after, ['journal', 'journalWrites'])) return 'journal';
    if (before.mode === 'run') return onlyChanges(before, after, ['progress']) ? 'report' : undefined;
    return onlyChanges(before, after, ['verdict']) && after.verdict === 'cancelled' ? 'cancel' : undefined;
  }
  if (before.mode !== 'run') return undefined;
  if (onlyChanges(before, after, ['mode', 'verdict', 'unknownMs']))
    return after.verdict === 'cancelled' ? 'cancel' : undefined;
  return onlyChanges(before, after, ['mode', 'verdict', 'retryAt', 'failures', 'unknownMs'])
    ? 'begin-rollback'
    : undefined;
};

const toAvailable = (before: TaskRecord, after: TaskRecord): Arrow | undefined => {
  if (before.mode === 'run' && isCrash(before, after)) return 'reap';
  if (before.mode !== after.mode) return undefined;
  const cleared = before.startedAt !== undefined && after.startedAt === undefined;
  return cleared ? 'give-back' : before.mode === 'rollback' ? 'reap' : undefined;
};

/** A failure is kept; where there is none, nothing was tried that failed, and the task is only put off. */
const toDelayed = (before: TaskRecord, after: TaskRecord): Arrow | undefined => {
  if ((after.failures?.length ?? 0) > (before.failures?.length ?? 0))
    return before.mode === 'run' ? 'fail' : 'postpone-rollback';
  const isPutOff = (after.unknownMs ?? 0) > (before.unknownMs ?? 0);
  return isPutOff &&
    onlyChanges(before, after, ['phase', 'at', 'unknownMs', 'forgiven', 'owner', 'startedAt'])
    ? 'postpone'
    : undefined;
};

/** What an end of a rollback leads to is its verdict, and nothing else. */
const isVerdict = (before: TaskRecord, after: TaskRecord): boolean =>
  after.mode === 'run' &&
  after.round === before.round + 1 &&
  after.phase === (before.verdict === 'retry' ? 'delayed' : before.verdict);

const isCrash = (before: TaskRecord, after: TaskRecord): boolean =>
  (after.failures?.length ?? 0) === (before.failures?.length ?? 0) + 1 &&
  after.failures?.at(-1)?.class === 'crash';

const fromRest = (before: TaskRecord, after: TaskRecord): Arrow | undefined => {
  const { phase } = before;
  if (before.mode === 'run' && after.phase === 'cancelled') return 'cancel';
  if (before.mode === 'run' && after.mode === 'rollback' && after.phase === phase) return 'cancel';
  if (before.mode !== after.mode) return undefined;
  if (phase === 'delayed' && after.phase === 'available') return 'make-available';
  if (phase === 'stuck' && after.phase === 'available') return 'resume';
  return onlyChanges(before, after, ['verdict']) && after.verdict === 'cancelled' ? 'cancel' : undefined;
};

const onlyChanges = (
  before: TaskRecord,
  after: TaskRecord,
  allowed: readonly (keyof TaskRecord)[],
): boolean => {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof TaskRecord>; // of two records
  for (const name of names) if (!allowed.includes(name) && !isSame(before[name], after[name])) return false;
  return true;
};

/** Fields are never changed in place, so that nearly all of them are the same objects. */
const isSame = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
