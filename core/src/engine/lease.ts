import { LeaseLostError } from '../errors.ts';
import type { Fence } from './transitions.ts';
import type { TaskRecord } from './task-record.ts';

/**
 * The right to work one claimed task, as the holder knows it. Whether it still holds is decided by the store
 * alone, at every write; this is only what is known so far.
 */
export class Lease {
  readonly fence: Fence;
  /** Monotonic instant at which the lease runs out unless it is renewed. */
  expiresAt: number;
  record: TaskRecord;
  #state: 'held' | 'cancelled' | 'lost' | 'ended' = 'held';
  #abort: AbortController | undefined;
  #reason: unknown;
  #onAbort: ((reason: unknown) => void) | undefined;

  constructor(record: TaskRecord, fence: Fence, expiresAt: number) {
    this.record = record;
    this.fence = fence;
    this.expiresAt = expiresAt;
  }

  get state(): 'held' | 'cancelled' | 'lost' | 'ended' {
    return this.#state;
  }

  /** Whether nothing can be done under it any more. */
  get isOver(): boolean {
    return this.#state === 'lost' || this.#state === 'ended';
  }

  /** Made on first use: most tasks never look at it. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#reason !== undefined) this.#abort.abort(this.#reason);
    return this.#abort.signal;
  }

  /** Somebody else owns the task, or nobody knows: nothing may be written any more. */
  lose(cause?: unknown): void {
    if (this.isOver) return;
    this.#state = 'lost';
    this.abort(
      new LeaseLostError('the lease of the task is lost', { cause, facts: { taskId: this.record.id } }),
    );
  }

  /** The task was cancelled while we hold it: what is left to do is the rollback. */
  cancel(record: TaskRecord): void {
    if (this.#state !== 'held') return;
    this.#state = 'cancelled';
    this.record = record;
    this.abort(new LeaseLostError('the task was cancelled', { facts: { taskId: record.id } }));
  }

  /**
   * From here on the lease serves the rollback: with a signal of its own, and the record as it is now. Answers
   * whether it still can.
   */
  turnBack(record: TaskRecord): boolean {
    if (this.isOver) return false;
    this.#state = 'held';
    this.record = record;
    this.#abort = undefined;
    this.#reason = undefined;
    return true;
  }

  end(): void {
    this.#state = 'ended';
  }

  /** Called once, at the first abort from now on; at once if it has happened. Only the last callback given counts. */
  onAbort(callback: ((reason: unknown) => void) | undefined): void {
    this.#onAbort = callback;
    if (this.#reason !== undefined) callback?.(this.#reason);
  }

  abort(reason: unknown): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#abort?.abort(reason);
    this.#onAbort?.(reason);
  }
}
