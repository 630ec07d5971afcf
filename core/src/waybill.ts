import type { Collection } from './collection.ts';
import type { Engine } from './engine/engine.ts';
import type { EngineContext } from './engine/engine-context.ts';
import { type CancelAnswer, cancelTask, type RetryAnswer, readTask, retryTask } from './engine/operator.ts';
import { newTask, type NewTaskContext } from './engine/new-task.ts';
import type { Request } from './engine/requests.ts';
import { submitAll, type Submitted } from './engine/submitter.ts';
import { listTasks, type TaskFilter, type TaskPage } from './engine/task-list.ts';
import { type LogLine, readLogs } from './engine/task-logs.ts';
import type { TaskRecord } from './engine/task-record.ts';
import type { TaskType } from './handler.ts';
import type { Json } from './json.ts';
import type { Closeable } from './lifecycle.ts';
import type { Delivery } from './delivery.ts';
import { Documents } from './documents.ts';
import { DeadLetters } from './dead-letters.ts';
import { subscribe, type SubscribeOptions, type TypedMessage } from './messages.ts';
import { Queues } from './queues.ts';
import type { InputOf, OutputOf, Schema } from './schema.ts';
import type { Subject } from './subject.ts';
import type { SubmitOptions } from './submit-options.ts';
import { TaskHandle } from './task-handle.ts';

/** One task of a batch. */
export interface Submission<I extends Schema = Schema> {
  readonly type: TaskType<I>;
  readonly input: InputOf<I>;
  readonly options?: SubmitOptions;
}

/** What a task of this type answers. */
export type ResultOf<T extends TaskType> = NonNullable<
  NonNullable<T['output']>['~standard']['types']
>['output'];

/** A deployment, seen from the outside: submit tasks, wait for them, look after them. */
export class Waybill implements Closeable {
  readonly engine: Engine;
  readonly queues: Queues;
  readonly deadLetters: DeadLetters;
  readonly #context: EngineContext;
  readonly #closePorts: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /** `closePorts` is called last by `close()`. */
  constructor(engine: Engine, closePorts: () => Promise<void> = () => Promise.resolve()) {
    this.engine = engine;
    this.#context = engine.context;
    this.queues = new Queues(engine.context);
    this.deadLetters = new DeadLetters(engine.context);
    this.#closePorts = closePorts;
  }

  /**
   * Once this has answered the task cannot get lost. Throws a `PayloadError` if the input or an option is not
   * valid, a `ConnectionError` (nothing happened) or an `InDoubtError` (try again with an `idempotencyKey`) if the
   * store does not answer.
   */
  async submit<T extends TaskType>(
    type: T,
    input: InputOf<T['input']>,
    options: SubmitOptions = {},
  ): Promise<TaskHandle<ResultOf<T>>> {
    const [submitted] = await this.#submit([newTask(type, input, options, this.#newTaskContext())]);
    const { outcome, record } = submitted as Submitted; // each record is answered
    return new TaskHandle<ResultOf<T>>(this.#context, record, outcome);
  }

  /** All of them or none: at most 1,000, answered in their order. */
  async submitMany(submissions: readonly Submission[]): Promise<readonly TaskHandle[]> {
    const context = this.#newTaskContext();
    const records = submissions.map(({ type, input, options = {} }) =>
      newTask(type, input, options, context),
    );
    const submitted = await this.#submit(records);
    return submitted.map(({ outcome, record }) => new TaskHandle(this.#context, record, outcome));
  }

  /** A handle of a task that is already there, or not: `status()` then says `unknown`. */
  task(id: string, tenant = 'default'): TaskHandle {
    return new TaskHandle(this.#context, { id, tenant }, 'existing');
  }

  find(id: string, tenant = 'default'): Promise<TaskRecord | undefined> {
    return readTask(this.#context, { id, tenant });
  }

  list(filter: TaskFilter = {}): Promise<TaskPage> {
    return listTasks(this.#context.store, filter);
  }

  logs(
    id: string,
    options: { readonly tenant?: string; readonly after?: number } = {},
  ): AsyncIterable<LogLine> {
    return readLogs(this.#context.store, { id, tenant: options.tenant ?? 'default' }, options.after ?? 0);
  }

  cancel(id: string, tenant = 'default'): Promise<CancelAnswer> {
    return cancelTask(this.#context, { id, tenant });
  }

  /** A task that has completed is done once more only where `again` says so: as a new task. */
  retry(
    id: string,
    tenant = 'default',
    { again = false }: { readonly again?: boolean } = {},
  ): Promise<RetryAnswer> {
    const unfinished = ['delayed', 'stuck', 'failed', 'cancelled'] as const;
    return retryTask(this.#context, { id, tenant }, again ? [...unfinished, 'completed'] : unfinished);
  }

  /** Documents outside of a task: each call is a transaction of its own. */
  documents<S extends Schema>(collection: Collection<S>, tenant = 'default'): Documents<S> {
    return new Documents(this.#context, collection, tenant);
  }

  /** Messages that tasks publish, typed. The loop ends when the signal aborts. */
  subscribe<S extends Schema>(
    subject: Subject<S>,
    options: SubscribeOptions,
  ): AsyncIterable<Delivery<TypedMessage<OutputOf<S>>>> {
    return subscribe(this.#context, subject, options);
  }

  request(subject: string, body: Json, options: { readonly timeoutMs?: number } = {}): Promise<Json> {
    return this.#context.requests.request(subject, body, {
      timeoutMs: options.timeoutMs ?? this.#context.settings.requestMs,
    });
  }

  /** Answers requests until the signal aborts. */
  answer(
    subject: string,
    signal: AbortSignal,
    answer: (request: Request) => Promise<Json> | Json,
  ): Promise<void> {
    return this.#context.requests.answer(subject, signal, answer);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #newTaskContext(): NewTaskContext {
    const { runtime, settings, clock } = this.#context;
    return { runtime, settings, storeNow: clock.now() };
  }

  #submit(records: readonly TaskRecord[]): Promise<readonly Submitted[]> {
    const { runtime, settings } = this.#context;
    return submitAll(this.#context, records, runtime.monotonic() + settings.requestMs);
  }

  async #close(): Promise<void> {
    await this.engine.close();
    await this.#closePorts();
  }
}
