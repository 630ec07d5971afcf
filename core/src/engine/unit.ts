import type { Collection } from '../collection.ts';
import type { ArgsOf, Effect } from '../effect.ts';
import { LeaseLostError, PayloadError } from '../errors.ts';
import type { TaskType } from '../handler.ts';
import type { Json, JsonObject } from '../json.ts';
import type { InputOf, OutputOf, Schema } from '../schema.ts';
import type { DocumentStore, Expectation, Fields, Key, Query, Write } from '../store.ts';
import type { Subject } from '../subject.ts';
import type { SubmitOptions } from '../submit-options.ts';
import type { Draft, DraftQuery, TaskInfo, TaskLog, UnitOfWork } from '../unit-of-work.ts';
import type { EngineContext } from './engine-context.ts';
import { checkQuery } from './check-query.ts';
import { checkMessage } from '../contract/check-message.ts';
import { checkText, longestId } from '../contract/check-text.ts';
import { Journal } from './journal.ts';
import type { Lease } from './lease.ts';
import { newTask } from './new-task.ts';
import type { Outgoing } from './outbox.ts';
import { copyJson, parseNow, serialise } from './payload.ts';
import { readHeld } from './outages.ts';
import { overlay, type StagedDocument } from './overlay.ts';
import { nameOf, ReadSet } from './read-set.ts';
import type { Reports } from './reports.ts';
import { attemptOf, type TaskRecord, taskKey } from './task-record.ts';

const none: readonly never[] = [];

/** Everything one run has read and staged. Discarded as a whole, or committed as a whole by `decide`. */
export class Unit implements UnitOfWork {
  readonly #context: EngineContext;
  readonly #lease: Lease;
  readonly #reports: Reports;
  readonly #snapshot: boolean;
  // Made on first use: most tasks need only one or two of these.
  #reads: ReadSet | undefined;
  #writes: Map<string, StagedDocument> | undefined;
  #tasks: Map<string, TaskRecord> | undefined;
  #messages: Outgoing[] | undefined;
  #journal: Journal | undefined;
  #effects = 0;
  #closed = false;
  #info: TaskInfo | undefined;
  #signal: AbortSignal | undefined;

  constructor(
    context: EngineContext,
    lease: Lease,
    reports: Reports,
    isolation: 'serializable' | 'snapshot',
  ) {
    this.#context = context;
    this.#lease = lease;
    this.#reports = reports;
    this.#snapshot = isolation === 'snapshot';
  }

  get task(): TaskInfo {
    const { record } = this.#lease;
    this.#info ??= {
      id: record.id,
      tenant: record.tenant,
      topic: record.topic,
      attempt: attemptOf(record),
      epoch: record.epoch,
      priority: record.priority,
      parent: record.parent,
    };
    return this.#info;
  }

  /** Of this attempt: the lease goes on with another one for its rollback. */
  get signal(): AbortSignal {
    this.#signal ??= this.#closed ? AbortSignal.abort(this.#over()) : this.#lease.signal;
    return this.#signal;
  }

  get log(): TaskLog {
    return this.#reports;
  }

  progress(fraction: number, message?: string): void {
    this.#assertOpen();
    this.#reports.progress(fraction, message);
  }

  documents<S extends Schema>(collection: Collection<S>): Draft<S> {
    return {
      get: (id) => this.#get(collection, id),
      find: (query) => this.#find(collection, query),
      put: (id, value) => this.#put(collection, id, value),
      delete: (id) => {
        this.#assertOpen();
        this.#stage({ key: this.#key(collection, id), fields: undefined });
      },
    };
  }

  submit<I extends Schema>(type: TaskType<I>, input: InputOf<I>, options: SubmitOptions = {}): string {
    this.#assertOpen();
    const { runtime, settings, clock } = this.#context;
    const { id: parent, tenant } = this.#lease.record;
    const record = newTask(type, input, options, {
      runtime,
      settings,
      storeNow: clock.now(),
      parent,
      tenant,
    });
    this.#tasks ??= new Map();
    if (!this.#tasks.has(record.id)) this.#tasks.set(record.id, record);
    return record.id;
  }

  publish<S extends Schema>(
    subject: Subject<S>,
    body: InputOf<S>,
    options: { readonly key?: string } = {},
  ): string {
    this.#assertOpen();
    const what = `body of ${subject.name}`;
    const text = serialise(body, what, this.#context.settings.limits);
    parseNow(subject.body, body, what);
    const id = this.#context.runtime.id();
    const { key } = options;
    checkMessage({ id, subject: subject.name, body: null, ...(key === undefined ? {} : { key }) });
    this.#messages ??= [];
    this.#messages.push({
      id,
      tenant: this.#lease.record.tenant,
      subject: subject.name,
      body: text,
      ...(key === undefined ? {} : { key }),
    });
    return id;
  }

  async effect<E extends Effect>(effect: E, args: ArgsOf<E>): Promise<Awaited<ReturnType<E['do']>>> {
    this.#assertOpen();
    this.#journal ??= new Journal(this.#context, this.#lease);
    // The journal gives back what `do` answered, through JSON; the type is `do`'s own.
    return (await this.#journal.perform(effect, args, this.#effects++)) as Awaited<ReturnType<E['do']>>;
  }

  /** Whether effects are being done that the handler has not waited for. */
  get isActing(): boolean {
    return this.#journal?.isActing ?? false;
  }

  /** Waits for those effects. None can be begun after the last of them. */
  async finish(): Promise<void> {
    await this.#journal?.finish();
  }

  /**
   * From now on nothing can be staged and no effect be begun: whoever still tries is told that the attempt is over.
   * Where there are effects, resolves once the record of the lease names every one that was begun.
   */
  close(): Promise<void> | undefined {
    this.#closed = true;
    return this.#journal?.close();
  }

  /** Why the unit cannot commit: an effect failed, whatever the handler made of the error. */
  get doomed(): unknown {
    return this.#journal?.failed;
  }

  /** Nothing was read or staged: the end of the task is the whole commit. */
  get isEmpty(): boolean {
    return (this.#reads ?? this.#writes ?? this.#tasks ?? this.#messages) === undefined;
  }

  get tasks(): readonly TaskRecord[] {
    return this.#tasks === undefined ? none : [...this.#tasks.values()];
  }

  get messages(): readonly Outgoing[] {
    return this.#messages ?? none;
  }

  /** What must still hold at the commit. What is written is validated as well, if it was read. */
  expectations(): readonly Expectation[] {
    if (this.#reads === undefined) return none;
    return this.#snapshot
      ? this.#reads.expectationsOf(this.#writes ?? new Map())
      : this.#reads.expectations();
  }

  writes(): readonly Write[] {
    if (this.#writes === undefined) return none;
    return [...this.#writes.values()].map(
      ({ key, fields }): Write =>
        fields === undefined ? { kind: 'delete', key } : { kind: 'put', key, fields },
    );
  }

  /** Follow-up tasks whose idempotency key is taken already are dropped: the first one of a key does it all. */
  async settleKeyedTasks(): Promise<void> {
    const keyed = this.tasks.filter((task) => task.idempotencyKey !== undefined);
    if (keyed.length === 0) return;
    const found = await this.#read((store) => store.get(keyed.map(({ tenant, id }) => taskKey(tenant, id))));
    for (const stored of found) if (stored !== undefined) this.#tasks?.delete(stored.key.id);
  }

  async #get<S extends Schema>(collection: Collection<S>, id: string): Promise<OutputOf<S> | undefined> {
    this.#assertOpen();
    const key = this.#key(collection, id);
    const staged = this.#writes?.get(nameOf(key));
    if (staged !== undefined)
      return staged.fields === undefined ? undefined : valueOf(collection, staged.fields);
    const [stored] = await this.#read((store) => store.get([key]));
    this.#reads ??= new ReadSet();
    this.#reads.add(key, stored);
    return stored === undefined ? undefined : valueOf(collection, stored.fields);
  }

  async #find<S extends Schema>(
    collection: Collection<S>,
    given: DraftQuery,
  ): Promise<readonly { readonly id: string; readonly value: OutputOf<S> }[]> {
    this.#assertOpen();
    const query = checkQuery(collection, given);
    const { tenant } = this.#lease.record;
    const staged = [...(this.#writes?.values() ?? [])].filter(
      ({ key }) => key.collection === collection.name,
    );
    const asked: Query = {
      ...query,
      collection: collection.name,
      tenant,
      limit: Math.min(1_000, query.limit + staged.length),
    };
    const { documents } = await this.#read((store) => store.find(asked));
    this.#reads ??= new ReadSet();
    this.#reads.addRange(asked, documents);
    const found = overlay(collection, query, documents, staged);
    return found.slice(0, query.limit).map(({ id, fields }) => ({ id, value: valueOf(collection, fields) }));
  }

  #read<T>(read: (store: DocumentStore) => Promise<T>): Promise<T> {
    return readHeld(this.#context, this.#lease, () => read(this.#context.store));
  }

  #put<S extends Schema>(collection: Collection<S>, id: string, value: InputOf<S>): void {
    this.#assertOpen();
    const what = `document of ${collection.name}`;
    const fields = copyJson(parseNow(collection.schema, value, what), what, this.#context.settings.limits);
    if (!isObject(fields))
      throw new PayloadError(`${what} is not an object`, { fix: 'documents are JSON objects' });
    this.#stage({ key: this.#key(collection, id), fields });
  }

  #stage(staged: StagedDocument): void {
    this.#writes ??= new Map();
    this.#writes.set(nameOf(staged.key), staged);
  }

  #key(collection: Collection, id: string): Key {
    checkText(id, `document id of ${collection.name}`, longestId);
    return { collection: collection.name, tenant: this.#lease.record.tenant, id };
  }

  #assertOpen(): void {
    if (!this.#closed && this.#lease.state === 'held') return;
    throw this.#over();
  }

  #over(): LeaseLostError {
    const facts = { taskId: this.#lease.record.id };
    return new LeaseLostError('this attempt of the task is over', { facts });
  }
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const valueOf = <S extends Schema>(collection: Collection<S>, fields: Fields): OutputOf<S> =>
  parseNow(collection.schema, fields, `document of ${collection.name}`);
