import type { Collection } from './collection.ts';
import type { ArgsOf, Effect } from './effect.ts';
import type { TaskType } from './handler.ts';
import type { Json } from './json.ts';
import type { InputOf, OutputOf, Schema } from './schema.ts';
import type { Query } from './store.ts';
import type { Subject } from './subject.ts';
import type { SubmitOptions } from './submit-options.ts';

/**
 * Everything one task wants to change. It reads, and stages; nothing leaves before the commit, which is not the
 * handler's to do. Used after its attempt has ended, every method throws a `LeaseLostError`.
 */
export interface UnitOfWork {
  readonly task: TaskInfo;
  /** Aborts when the lease is lost, time is up, the task is cancelled, or the worker has to stop. */
  readonly signal: AbortSignal;
  documents<S extends Schema>(collection: Collection<S>): Draft<S>;
  /** Stages a follow-up task: it exists from the commit on, and only then. Answers its id. */
  submit<I extends Schema>(type: TaskType<I>, input: InputOf<I>, options?: SubmitOptions): string;
  /** Stages a message: sent, at least once, after the commit, and only then. Answers its id. */
  publish<S extends Schema>(
    subject: Subject<S>,
    body: InputOf<S>,
    options?: { readonly key?: string },
  ): string;
  /**
   * Acts outside the store, now: journaled before it happens, undone if the task does not commit. Effects must
   * come in the same order in every run; answers what `do` answered, without a second `do`, when run again.
   */
  effect<E extends Effect>(effect: E, args: ArgsOf<E>): Promise<Awaited<ReturnType<E['do']>>>;
  /** 0 to 1. Not part of the commit: seen at once, at most some times a second. */
  progress(fraction: number, message?: string): void;
  readonly log: TaskLog;
}

export interface TaskInfo {
  readonly id: string;
  readonly tenant: string;
  readonly topic: string;
  /** From 1. */
  readonly attempt: number;
  readonly epoch: number;
  readonly priority: number;
  readonly parent: string | undefined;
}

/** Lines kept with the task, whether it commits or not. A line over 8 KiB is cut. */
export interface TaskLog {
  info(message: string, fields?: Readonly<Record<string, Json>>): void;
  warn(message: string, fields?: Readonly<Record<string, Json>>): void;
  error(message: string, fields?: Readonly<Record<string, Json>>): void;
}

/** The documents of one collection as the task sees them: with what it has staged itself. */
export interface Draft<S extends Schema> {
  get(id: string): Promise<OutputOf<S> | undefined>;
  /** Of this task's tenant. What is staged by this task is in the answer where the index says so. */
  find(query: DraftQuery): Promise<readonly { readonly id: string; readonly value: OutputOf<S> }[]>;
  put(id: string, value: InputOf<S>): void;
  delete(id: string): void;
}

export type DraftQuery = Pick<Query, 'index' | 'equals' | 'range' | 'order' | 'limit'>;
