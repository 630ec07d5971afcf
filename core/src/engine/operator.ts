import { ConflictError } from '../errors.ts';
import { checkTaskRef } from './check-task-ref.ts';
import type { EngineContext } from './engine-context.ts';
import { ticketOf } from './submitter.ts';
import { isOver, type Phase, placeOf, type TaskRecord, taskKey, taskOf } from './task-record.ts';
import { type TaskStatus, statusOf } from './task-status.ts';
import { cancel, create, hasEffects, makeAvailable, resume } from './transitions.ts';

/**
 * `cancelled`: it never runs again. `cancelling`: it cannot complete any more; its worker turns back. `too-late`:
 * it is over, as `status` says. `unknown`: there is no such task.
 */
export type CancelAnswer =
  | { readonly answer: 'cancelled' | 'cancelling' | 'unknown' }
  | { readonly answer: 'too-late'; readonly status: TaskStatus };

export interface TaskRef {
  readonly tenant: string;
  readonly id: string;
}

export const readTask = async (
  { store }: Pick<EngineContext, 'store'>,
  ref: TaskRef,
): Promise<TaskRecord | undefined> => {
  checkTaskRef(ref);
  const [stored] = await store.get([taskKey(ref.tenant, ref.id)]);
  return stored === undefined ? undefined : taskOf(stored);
};

/** One compare-and-set against the same record as the commit: whichever is first decides, and the answer is true. */
export const cancelTask = async (context: EngineContext, ref: TaskRef): Promise<CancelAnswer> => {
  const { clock, settings, committer, runtime, hints } = context;
  const until = runtime.monotonic() + settings.requestMs;
  for (;;) {
    const record = await readTask(context, ref);
    if (record === undefined) return { answer: 'unknown' };
    if (isOver(record.phase))
      return { answer: record.phase === 'cancelled' ? 'cancelled' : 'too-late', status: statusOf(record) };
    if (record.mode === 'rollback' && record.verdict !== 'retry') return { answer: 'cancelling' };
    const now = clock.now();
    const atOnce = record.mode === 'run' && record.phase !== 'held' && !hasEffects(record);
    await context.points.reach('cancel.before');
    const outcome = await committer.commit(cancel(record, { now, keepUntil: now + settings.keepFailedMs }), {
      proof: {
        key: taskKey(ref.tenant, ref.id),
        fields: atOnce ? { phase: 'cancelled' } : { verdict: 'cancelled' },
      },
      until,
    });
    await context.points.reach('cancel.after');
    if (outcome.result === 'conflict') continue;
    hints.give({ kind: 'cancelled', tenant: ref.tenant, taskId: ref.id });
    return { answer: atOnce ? 'cancelled' : 'cancelling' };
  }
};

/**
 * `replayed`: a new task does it again; what was over stays over. `resumed`: a stuck rollback goes on. `hurried`:
 * a delayed task is due now. `not-needed`: it is available or running anyway, or has completed.
 */
export type RetryAnswer =
  | { readonly answer: 'replayed'; readonly id: string }
  | { readonly answer: 'resumed' | 'hurried' | 'not-needed' | 'unknown' };

/**
 * `of` are the phases that the caller means: by the time the record is read here the task may have gone on, and
 * perhaps completed, and what was meant for a delayed task must not do it twice.
 */
export const retryTask = async (
  context: EngineContext,
  ref: TaskRef,
  of: readonly Phase[],
): Promise<RetryAnswer> => {
  const record = await readTask(context, ref);
  if (record === undefined) return { answer: 'unknown' };
  if (!of.includes(record.phase)) return { answer: 'not-needed' };
  switch (record.phase) {
    case 'failed':
    case 'cancelled':
    case 'completed':
      return replay(context, record);
    case 'stuck':
      return free(context, record, resume(record, context.clock.now()), 'resumed');
    case 'delayed':
      return free(context, record, makeAvailable(record, context.clock.now()), 'hurried');
    case 'available':
    case 'held':
      return { answer: 'not-needed' };
  }
};

const free = async (
  context: EngineContext,
  record: TaskRecord,
  transaction: ReturnType<typeof resume>,
  answer: 'resumed' | 'hurried',
): Promise<RetryAnswer> => {
  const outcome = await context.committer.commit(transaction, {
    proof: { key: taskKey(record.tenant, record.id), fields: { phase: 'available', epoch: record.epoch } },
    until: context.runtime.monotonic() + context.settings.requestMs,
  });
  if (outcome.result === 'conflict') return { answer: 'not-needed' };
  context.tickets.offer([ticketOf(record)]);
  return { answer };
};

/** A dead letter is replayed once: a second call answers the same new task. */
const replay = async (context: EngineContext, record: TaskRecord): Promise<RetryAnswer> => {
  if (record.replayedAs !== undefined) return { answer: 'replayed', id: record.replayedAs };
  const { runtime, clock, committer, settings } = context;
  const now = clock.now();
  const id = runtime.id();
  const again = create({ ...begun(record, now), id, replayOf: record.id });
  const key = taskKey(record.tenant, record.id);
  const outcome = await committer.commit(
    {
      expect: [...again.expect, { kind: 'fields', key, fields: { phase: record.phase, replayedAs: null } }],
      writes: [...again.writes, { kind: 'patch', key, fields: { replayedAs: id } }],
    },
    { proof: { key, fields: { replayedAs: id } }, until: runtime.monotonic() + settings.requestMs },
  );
  if (outcome.result === 'committed') {
    context.tickets.offer([ticketOf({ ...begun(record, now), id })]);
    return { answer: 'replayed', id };
  }
  const found = await readTask(context, record);
  if (found?.replayedAs !== undefined) return { answer: 'replayed', id: found.replayedAs };
  throw new ConflictError('the task changed while it was being replayed', { facts: { taskId: record.id } });
};

/** What a task was when it was submitted. */
const begun = (record: TaskRecord, now: number): TaskRecord => ({
  id: record.id,
  tenant: record.tenant,
  topic: record.topic,
  input: record.input,
  queue: record.queue,
  priority: record.priority,
  phase: 'available',
  mode: 'run',
  at: placeOf(record.priority, now),
  epoch: 0,
  forgiven: 0,
  attempts: record.attempts,
  nonce: '',
  round: 0,
  journalWrites: 0,
  submittedAt: now,
  ...(record.parent === undefined ? {} : { parent: record.parent }),
});
