import { DeadlineError, TaskFailedError } from './errors.ts';
import { checkPlace } from './engine/check-place.ts';
import { checkTimeout } from './engine/check-timeout.ts';
import type { EngineContext } from './engine/engine-context.ts';
import { type CancelAnswer, cancelTask, readTask, type TaskRef } from './engine/operator.ts';
import { parseJson } from './engine/payload.ts';
import { eventsAfter } from './engine/task-history.ts';
import { isOver, type TaskRecord } from './engine/task-record.ts';
import { statusOf, type TaskStatus } from './engine/task-status.ts';
import { sleep } from './runtime.ts';
import type { TaskEvent } from './task-event.ts';

/** Without a hint a waiting caller looks again after this long: hints may get lost. */
const firstLookMs = 50;
const lastLookMs = 1_000;

/** A submitted task, for whoever waits for it. */
export class TaskHandle<Result = unknown> {
  readonly id: string;
  readonly tenant: string;
  /** `existing`: the idempotency key was taken, and this is the first task of that key. */
  readonly outcome: 'created' | 'existing';
  readonly #context: EngineContext;

  constructor(context: EngineContext, ref: TaskRef, outcome: 'created' | 'existing') {
    this.#context = context;
    this.id = ref.id;
    this.tenant = ref.tenant;
    this.outcome = outcome;
  }

  /** `unknown` if there is no such task, or its record has gone by retention. */
  async status(): Promise<TaskStatus | 'unknown'> {
    const record = await readTask(this.#context, this);
    return record === undefined ? 'unknown' : statusOf(record);
  }

  /**
   * The result, once the task has completed. Throws a `TaskFailedError` if it failed for good or was cancelled,
   * a `DeadlineError` after `timeoutMs` (default: no limit), and the signal's reason once it aborts; the task goes on.
   */
  async result(
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Result> {
    const record = await this.#over(options);
    if (record.phase === 'completed') {
      return (record.result === undefined ? undefined : parseJson(record.result)) as Result; // by the handler's output
    }
    const last = record.failures?.at(-1);
    throw new TaskFailedError(
      `the task ${record.phase === 'failed' ? `failed: ${last?.message}` : 'was cancelled'}`,
      {
        facts: { taskId: this.id, status: record.phase, attempts: record.failures?.length ?? 0 },
        fix: `waybill task get ${this.id}`,
      },
    );
  }

  cancel(): Promise<CancelAnswer> {
    return cancelTask(this.#context, this);
  }

  /** The events after a cursor (default: all), then those to come, until the task is over or the signal aborts. */
  async *events(
    options: { readonly after?: number; readonly signal?: AbortSignal } = {},
  ): AsyncIterable<TaskEvent> {
    let seq = options.after ?? 0;
    checkPlace(seq);
    for await (const record of this.#changes(options.signal)) {
      for (const event of await eventsAfter(this.#context.store, record, seq)) {
        seq = event.seq;
        yield event;
      }
      if (isOver(record.phase)) return;
    }
  }

  async #over({
    timeoutMs,
    signal,
  }: {
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  }): Promise<TaskRecord> {
    if (timeoutMs !== undefined) checkTimeout(timeoutMs);
    signal?.throwIfAborted(); // it does not abort a second time
    const stop = new AbortController();
    const end = (): void => stop.abort();
    signal?.addEventListener('abort', end, { once: true });
    const timer = timeoutMs === undefined ? undefined : this.#context.runtime.timer(timeoutMs, end);
    try {
      for await (const record of this.#changes(stop.signal)) if (isOver(record.phase)) return record;
    } finally {
      timer?.cancel();
      signal?.removeEventListener('abort', end);
    }
    if (signal?.aborted === true) throw signal.reason;
    throw new DeadlineError(`the task has not ended within ${timeoutMs} ms; it goes on`, {
      facts: { taskId: this.id },
    });
  }

  /** The record now, and whenever it may have changed. Ends when the signal aborts or the record is gone. */
  async *#changes(signal?: AbortSignal): AsyncIterable<TaskRecord> {
    const { hints, runtime } = this.#context;
    let hinted = 0;
    let wake: AbortController | undefined;
    const stop = hints.listen(this.id, () => {
      hinted++;
      wake?.abort();
    });
    try {
      for (let waitMs = firstLookMs; signal?.aborted !== true; waitMs = Math.min(waitMs * 1.5, lastLookMs)) {
        const seen = hinted;
        const record = await readTask(this.#context, this);
        if (record === undefined)
          throw new TaskFailedError('there is no such task', { facts: { taskId: this.id } });
        yield record;
        if (hinted !== seen) continue;
        wake = new AbortController();
        await sleep(
          runtime,
          waitMs,
          signal === undefined ? wake.signal : AbortSignal.any([wake.signal, signal]),
        );
      }
    } finally {
      stop();
    }
  }
}
