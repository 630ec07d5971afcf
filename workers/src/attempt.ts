import {
  AlreadySettledError,
  atEndOfTurn,
  classify,
  commitUnit,
  DeadlineError,
  type Ending,
  type Engine,
  type Executor,
  failAttempt,
  isWaybillError,
  type Json,
  type Lease,
  lookAgain,
  type Manager,
  parseJson,
  policyOf,
  postponeTask,
  Reports,
  type RetryPolicy,
  rollBack,
  Unit,
  type Write,
} from '@waybill/core';
import { isThenable } from './is-thenable.ts';
import type { Slot } from './slot.ts';
import { transactionalManager } from './transactional-manager.ts';

export type Outcome = 'completed' | Exclude<Ending, 'postponed'>;

export interface AttemptOptions {
  readonly engine: Engine;
  readonly lease: Lease;
  readonly manager: Manager;
  readonly executor: Executor;
  /** Given up when the deciding commit is on its way: the claim of the next task can travel with it. */
  readonly slot: Slot;
}

/** A conflict is no fault of the task: the handler runs again as soon as it has a slot, so often, before it counts as one. */
const conflictTries = 10;
/** A timer for the deadline comes at most so much before it, by the store's clock. */
const earlyMs = 5;

/**
 * One claimed task to its end: run and commit, or fail and roll back. Throws only what the store threw; the lease
 * then runs out and another worker goes on.
 */
export const runAttempt = async (options: AttemptOptions): Promise<Outcome | 'postponed'> => {
  const { engine, lease } = options;
  if (lease.record.mode === 'rollback') return rollBack(engine.context, lease);
  if (isUnknown(options) && (await postponeTask(engine.context, lease))) return 'postponed';
  const reports = new Reports(engine.context, lease);
  try {
    await runAndCommit(options, reports);
    return 'completed';
  } catch (error) {
    return await settleFailure(options, reports, error);
  }
};

const isUnknown = ({ engine, lease, manager }: AttemptOptions): boolean =>
  manager === transactionalManager && !engine.registry.handlers.has(lease.record.topic);

const runAndCommit = async (options: AttemptOptions, reports: Reports): Promise<void> => {
  const { engine, lease } = options;
  const { context } = engine;
  let startedAt = context.runtime.monotonic();
  const onSent = (): void => options.slot.release();
  for (let tries = 1; ; tries++) {
    const handler = engine.registry.handlers.get(lease.record.topic);
    const unit = new Unit(context, lease, reports, handler?.isolation ?? context.settings.isolation);
    try {
      const reached = context.points.reach('handler.before');
      if (reached !== undefined) await reached;
      assertNotTooLate(options);
      const managed = manage(options, unit);
      const result = isThenable(managed) ? await inTime(options, startedAt, managed) : managed;
      if (unit.isActing) await inTime(options, startedAt, unit.finish());
      assertNotTooLate(options);
      unit.close();
      const passed = context.points.reach('handler.after');
      if (passed !== undefined) await passed;
      const log = reports.isEmpty ? none : await reports.finish();
      return await commitUnit(context, lease, unit, { result, log, onSent });
    } catch (error) {
      const closed = unit.close();
      if (closed !== undefined) await closed;
      if (
        !isWaybillError(error) ||
        error.code !== 'WB_CONFLICT' ||
        tries >= conflictTries ||
        lease.state !== 'held'
      )
        throw error;
      reports.reopen();
      startedAt += await slotAgain(options);
    }
  }
};

/**
 * Waits for a slot where the task has given its own up. Answers how long it took: that is not the attempt's time. There is
 * no limit, because those who have a slot have one; a cancel, the loss of the lease and the worker's stop end it as well.
 */
const slotAgain = async ({ engine, lease, slot }: AttemptOptions): Promise<number> => {
  const { runtime } = engine.context;
  const from = runtime.monotonic();
  const regained = slot.regain();
  lease.onAbort((reason) => slot.forgo(reason));
  await regained;
  lease.onAbort(undefined);
  return runtime.monotonic() - from;
};

/** Before a handler and after it, since one that ends within its turn meets no timer. Only looks where there is a deadline. */
const assertNotTooLate = ({ engine, lease }: AttemptOptions): void => {
  const { id, deadlineAt } = lease.record;
  if (deadlineAt === undefined || engine.context.clock.now() <= deadlineAt) return;
  throw new DeadlineError('the deadline of the task has passed', { facts: { taskId: id, deadlineAt } });
};

const manage = (
  { engine, lease, manager, executor }: AttemptOptions,
  unit: Unit,
): Promise<Json | undefined> | Json | undefined =>
  manager.manage({
    task: unit.task,
    input: parseJson(lease.record.input),
    unit,
    handler: engine.registry.handlers.get(lease.record.topic),
    executor,
  });

const settleFailure = async (options: AttemptOptions, reports: Reports, error: unknown): Promise<Ending> => {
  const { engine, lease } = options;
  const { context } = engine;
  if (lease.state === 'cancelled') return rollBack(context, lease, await reports.finish());
  if (lease.state !== 'held') return 'lost';
  if (isWaybillError(error) && error.code === 'WB_LEASE_LOST') {
    await lookAgain(context, lease);
    return lease.state === 'held' ? Promise.reject(error) : settleFailure(options, reports, error);
  }
  lease.abort(new AlreadySettledError('the attempt has failed', { cause: error }));
  const policy = policyNow(options);
  const log = await reports.finish();
  return failAttempt(context, lease, { error: classify(error), policy, log });
};

const none: readonly Write[] = [];

/** After the deadline of the task there is no further attempt: it could only be too late. */
const policyNow = ({ engine, lease }: AttemptOptions): RetryPolicy => {
  const { context, registry } = engine;
  const { topic, deadlineAt } = lease.record;
  const policy = policyOf(lease.record, registry.handlers.get(topic), context.settings);
  const isLast = deadlineAt !== undefined && context.clock.now() + earlyMs > deadlineAt;
  return isLast ? { ...policy, attempts: 0, classes: {} } : policy;
};

/**
 * Time is up, the task was cancelled or is somebody else's: the handler is told by its signal, and whether it listens or
 * not, the attempt is over. A handler that ends in the turn in which it began needs no timer.
 */
const inTime = <T>(options: AttemptOptions, startedAt: number, running: PromiseLike<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const { lease } = options;
    let timer: { cancel(): void } | undefined;
    let isOver = false;
    const end = (): void => {
      isOver = true;
      timer?.cancel();
    };
    atEndOfTurn(() => {
      if (!isOver) timer = deadlineTimer(options, startedAt);
    });
    lease.onAbort((reason) => {
      end();
      reject(reason);
    });
    running.then(
      (value) => {
        end();
        lease.onAbort(undefined);
        resolve(value);
      },
      (error: unknown) => {
        end();
        lease.onAbort(undefined);
        reject(error);
      },
    );
  });

/** Aborts the lease when the attempt has taken as long as it may. */
const deadlineTimer = ({ engine, lease }: AttemptOptions, startedAt: number): { cancel(): void } => {
  const { context, registry } = engine;
  const { id, topic, deadlineAt } = lease.record;
  const own = registry.handlers.get(topic)?.timeoutMs ?? context.settings.timeoutMs;
  const toDeadline = deadlineAt === undefined ? own : deadlineAt - context.clock.now();
  const allowed = Math.max(0, Math.min(own - (context.runtime.monotonic() - startedAt), toDeadline));
  return context.runtime.timer(allowed, () => {
    const facts = { taskId: id, timeoutMs: own };
    lease.abort(
      new DeadlineError(`the attempt took longer than it may: ${Math.round(allowed)} ms`, { facts }),
    );
  });
};
