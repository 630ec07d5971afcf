import { LeaseLostError, PayloadError } from '../errors.ts';
import { policyOf } from './attempt-policy.ts';
import { lookAgain, postponeTask, type UnknownEffect } from './claims.ts';
import type { Classified } from './classify-error.ts';
import type { EngineContext } from './engine-context.ts';
import { Journal } from './journal.ts';
import type { Lease } from './lease.ts';
import { readHeld } from './outages.ts';
import { classify } from './classify-error.ts';
import { attemptOf, type TaskRecord, taskOf } from './task-record.ts';
import { beginRollback, endRollback, fail, failureOf, hasEffects, postponeRollback } from './transitions.ts';
import { retryDelayMs, type RetryPolicy } from '../retry-policy.ts';
import type { Transaction, Write } from '../store.ts';

/** How an attempt ended that did not commit. `postponed`: its rollback is left to a worker that knows its effects. */
export type Ending = 'retry' | 'failed' | 'cancelled' | 'stuck' | 'lost' | 'postponed';

/**
 * Ends an attempt that failed: at once where there is nothing to undo, else after undoing every effect, last
 * first. Throws only what the store threw; the lease then runs out and another worker goes on.
 */
export const failAttempt = async (
  context: EngineContext,
  lease: Lease,
  failed: { readonly error: Classified; readonly policy: RetryPolicy; readonly log: readonly Write[] },
): Promise<Ending> => {
  const { clock, runtime, settings } = context;
  const { record, fence } = lease;
  const now = clock.now();
  const failure = failureOf(record, failed.error, now);
  const delay = retryDelayMs(failed.policy, { attempt: attemptOf(record), ...failed.error }, runtime);
  const retryAt = delay === undefined ? undefined : now + delay;
  if (hasEffects(record)) {
    await context.points.reach('rollback.begin.before');
    const begun = beginRollback(record, fence, { failure, retryAt });
    const done = await decide(context, lease, withLog(begun, failed.log), { mode: 'rollback' });
    await context.points.reach('rollback.begin.after');
    return done ? rollBack(context, lease) : lostOrCancelled(context, lease, failed.log);
  }
  await context.points.reach('fail.before');
  const keepUntil = now + settings.keepFailedMs;
  const end = fail(record, fence, { failure, retryAt, now, keepUntil });
  const phase = retryAt === undefined ? 'failed' : 'delayed';
  const done = await decide(context, lease, withLog(end, failed.log), { phase });
  await context.points.reach('fail.after');
  return done
    ? ended(context, lease, retryAt === undefined ? 'failed' : 'retry')
    : lostOrCancelled(context, lease, failed.log);
};

/**
 * Undoes what a task in mode `rollback` has done outside, and ends the rollback by its verdict. The lease is
 * already the rollback's: after `failAttempt`, after a cancel, or claimed by another worker. `log` is what the run has left to
 * write.
 */
export const rollBack = async (
  context: EngineContext,
  lease: Lease,
  log: readonly Write[] = [],
): Promise<Ending> => {
  const record = await current(context, lease);
  if (record === undefined || record.mode !== 'rollback') return 'lost';
  if (!lease.turnBack(record)) return 'lost';
  let unknown: string | undefined;
  try {
    unknown = await new Journal(context, lease).undoAll();
  } catch (error) {
    if (error instanceof LeaseLostError || lease.state === 'lost') return 'lost';
    return undoFailed(context, lease, { error: classify(error), isKnown: true, log });
  }
  if (unknown !== undefined) return leaveUndo(context, lease, { name: unknown, log });
  await context.points.reach('rollback.end.before');
  const { clock, settings } = context;
  const verdict = lease.record.verdict ?? 'failed';
  const now = clock.now();
  const end = endRollback(lease.record, lease.fence, { now, keepUntil: now + settings.keepFailedMs });
  const phase = verdict === 'retry' ? 'delayed' : verdict;
  const done = await decide(context, lease, withLog(end, log), { phase });
  await context.points.reach('rollback.end.after');
  if (done) return ended(context, lease, verdict);
  // A cancel may have changed the verdict meanwhile; everything is undone, so only the end is said again.
  return (await current(context, lease)) === undefined ? 'lost' : rollBack(context, lease, log);
};

const current = async (context: EngineContext, lease: Lease): Promise<TaskRecord | undefined> => {
  const [stored] = await readHeld(context, lease, () => context.store.get([lease.fence.key]));
  const record = stored === undefined ? undefined : taskOf(stored);
  if (record?.nonce === lease.fence.nonce && record.phase === 'held') return record;
  lease.lose();
  return undefined;
};

const lostOrCancelled = async (
  context: EngineContext,
  lease: Lease,
  log: readonly Write[],
): Promise<Ending> => {
  await lookAgain(context, lease);
  return lease.state === 'cancelled' ? rollBack(context, lease, log) : 'lost';
};

/** To a worker that knows the effect. Where that was hoped for long enough it is an undo that failed. */
const leaveUndo = async (context: EngineContext, lease: Lease, effect: UnknownEffect): Promise<Ending> => {
  if (await postponeTask(context, lease, effect)) return 'postponed';
  if (lease.state !== 'held') return 'lost';
  const error = new PayloadError(`effect ${effect.name} is not registered with this worker`, {
    fix: 'load the plugin that defines it',
  });
  return undoFailed(context, lease, { error: classify(error), isKnown: false, log: effect.log });
};

const undoFailed = async (
  context: EngineContext,
  lease: Lease,
  failed: { readonly error: Classified; readonly isKnown: boolean; readonly log: readonly Write[] },
): Promise<Ending> => {
  const { error, isKnown, log } = failed;
  const { clock, runtime, settings } = context;
  const { record, fence } = lease;
  const failures = (record.undoFailures ?? 0) + 1;
  const now = clock.now();
  const { minDelayMs, maxDelayMs } = policyOf(record, undefined, settings);
  const delay = Math.floor(runtime.random() * Math.min(maxDelayMs, minDelayMs * 2 ** failures));
  const againAt = failures >= settings.undoAttempts ? undefined : now + delay;
  const failure = failureOf(record, { ...error, message: `undo: ${error.message}` }, now);
  const postponed = withLog(postponeRollback(record, fence, { failure, againAt, now, isKnown }), log);
  const done = await decide(context, lease, postponed, {
    phase: againAt === undefined ? 'stuck' : 'delayed',
  });
  if (!done) return lostOrCancelled(context, lease, log);
  context.log('error', 'task.undo-failed', { taskId: record.id, failures, stuck: againAt === undefined });
  return ended(context, lease, againAt === undefined ? 'stuck' : 'retry');
};

const decide = async (
  { committer }: EngineContext,
  { fence, expiresAt }: Lease,
  transaction: Transaction,
  proof: Readonly<Record<string, string>>,
): Promise<boolean> => {
  const fields = { nonce: fence.nonce, ...proof };
  const outcome = await committer.commit(transaction, {
    proof: { key: fence.key, fields },
    until: expiresAt,
  });
  return outcome.result === 'committed';
};

const withLog = ({ expect, writes }: Transaction, log: readonly Write[]): Transaction => ({
  expect,
  writes: [...writes, ...log],
});

const ended = (context: EngineContext, lease: Lease, ending: Ending): Ending => {
  lease.end();
  const { tenant, id } = lease.record;
  context.hints.give({ kind: 'changed', tenant, taskId: id });
  return ending;
};
