import type { Collection } from '../collection.ts';
import type { ArgsOf, Effect } from '../effect.ts';
import { LeaseLostError, PayloadError } from '../errors.ts';
import type { TaskType } from '../handler.ts';
import { compareIndexValues, compareText } from '../index-order.ts';
import type { Json, JsonObject } from '../json.ts';
import type { InputOf, OutputOf, Schema } from '../schema.ts';
import type { Expectation, Fields, Key, Query, Seen, Stored, Write } from '../store.ts';
import type { Subject } from '../subject.ts';
import type { SubmitOptions } from '../submit-options.ts';
import type { Draft, DraftQuery, TaskInfo, TaskLog, UnitOfWork } from '../unit-of-work.ts';
import type { EngineContext } from './engine-context.ts';
import { Journal } from './journal.ts';
import type { Lease } from './lease.ts';
import { newTask } from './new-task.ts';
import type { Outgoing } from './outbox.ts';
import { parseJson, parseNow, serialise } from './payload.ts';
import type { Reports } from './reports.ts';
import { attemptOf, type TaskRecord, taskKey } from './task-record.ts';

/** What was read of one document: its version, or that it was not there. */
interface Read {
  readonly key: Key;
  readonly version: number | undefined;
}

interface Staged {
  readonly key: Key;
  /** `undefined`: deleted. */
  readonly fields: Fields | undefined;
}

/** Everything one run has read and staged. Discarded as a whole, or committed as a whole by `decide`. */
export class Unit implements UnitOfWork {
  readonly #context: EngineContext;
  readonly #lease: Lease;
  readonly #reports: Reports;
  readonly #snapshot: boolean;
  readonly #reads = new Map<string, Read>();
  readonly #ranges: { readonly query: Query; readonly seen: readonly Seen[] }[] = [];
  readonly #writes = new Map<string, Staged>();
  #tasks: TaskRecord[] = [];
  #messages: Outgoing[] = [];
  #journal: Journal | undefined;
  #effects = 0;
  #closed = false;
  #info: TaskInfo | undefined;

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

  get signal(): AbortSignal {
    return this.#lease.signal;
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
    if (!this.#tasks.some(({ id }) => record.idempotencyKey !== undefined && id === record.id))
      this.#tasks.push(record);
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
    this.#messages.push({
      id,
      tenant: this.#lease.record.tenant,
      subject: subject.name,
      body: text,
      ...options,
    });
    return id;
  }

  async effect<E extends Effect>(effect: E, args: ArgsOf<E>): Promise<Awaited<ReturnType<E['do']>>> {
    this.#assertOpen();
    this.#journal ??= new Journal(this.#context, this.#lease);
    // The journal gives back what `do` answered, through JSON; the type is `do`'s own.
    return (await this.#journal.perform(effect, args, this.#effects++)) as Awaited<ReturnType<E['do']>>;
  }

  /** From now on nothing can be staged: whoever still tries is told that the attempt is over. */
  close(): void {
    this.#closed = true;
  }

  /** Why the unit cannot commit: an effect failed, whatever the handler made of the error. */
  get doomed(): unknown {
    return this.#journal?.failed;
  }

  get tasks(): readonly TaskRecord[] {
    return this.#tasks;
  }

  get messages(): readonly Outgoing[] {
    return this.#messages;
  }

  /** What must still hold at the commit. What is written is validated as well, if it was read. */
  expectations(): Expectation[] {
    const expect: Expectation[] = [];
    for (const [id, { key, version }] of this.#reads) {
      if (this.#snapshot && !this.#writes.has(id)) continue;
      expect.push(version === undefined ? { kind: 'absent', key } : { kind: 'version', key, version });
    }
    if (!this.#snapshot) for (const range of this.#ranges) expect.push({ kind: 'range', ...range });
    return expect;
  }

  writes(): Write[] {
    const writes: Write[] = [];
    for (const { key, fields } of this.#writes.values()) {
      writes.push(fields === undefined ? { kind: 'delete', key } : { kind: 'put', key, fields });
    }
    return writes;
  }

  /** Follow-up tasks whose idempotency key is taken already are dropped; that they are is validated too. */
  async settleKeyedTasks(): Promise<void> {
    const keyed = this.#tasks.filter((task) => task.idempotencyKey !== undefined);
    if (keyed.length === 0) return;
    const found = await this.#read(keyed.map(({ tenant, id }) => taskKey(tenant, id)));
    const taken = new Set(found.flatMap((stored) => (stored === undefined ? [] : [stored.key.id])));
    // The record of a taken key goes on changing; only that it exists was read.
    for (const id of taken) this.#reads.delete(nameOf(taskKey(this.#lease.record.tenant, id)));
    this.#tasks = this.#tasks.filter((task) => !taken.has(task.id));
  }

  async #get<S extends Schema>(collection: Collection<S>, id: string): Promise<OutputOf<S> | undefined> {
    this.#assertOpen();
    const key = this.#key(collection, id);
    const staged = this.#writes.get(nameOf(key));
    if (staged !== undefined)
      return staged.fields === undefined ? undefined : valueOf(collection, staged.fields);
    const [stored] = await this.#read([key]);
    return stored === undefined ? undefined : valueOf(collection, stored.fields);
  }

  async #find<S extends Schema>(
    collection: Collection<S>,
    query: DraftQuery,
  ): Promise<readonly { readonly id: string; readonly value: OutputOf<S> }[]> {
    this.#assertOpen();
    const { tenant } = this.#lease.record;
    const staged = [...this.#writes.values()].filter(({ key }) => key.collection === collection.name);
    const asked: Query = {
      ...query,
      collection: collection.name,
      tenant,
      limit: Math.min(1_000, query.limit + staged.length),
    };
    const { documents } = await this.#context.store.find(asked);
    this.#ranges.push({
      query: asked,
      seen: documents.map(({ key, version }) => ({ tenant: key.tenant, id: key.id, version })),
    });
    const found = overlay(collection, query, documents, staged);
    return found.slice(0, query.limit).map(({ id, fields }) => ({ id, value: valueOf(collection, fields) }));
  }

  #put<S extends Schema>(collection: Collection<S>, id: string, value: InputOf<S>): void {
    this.#assertOpen();
    const what = `document of ${collection.name}`;
    const text = serialise(parseNow(collection.schema, value, what), what, this.#context.settings.limits);
    const fields = parseJson(text);
    if (!isObject(fields))
      throw new PayloadError(`${what} is not an object`, { fix: 'documents are JSON objects' });
    this.#stage({ key: this.#key(collection, id), fields });
  }

  #stage(staged: Staged): void {
    this.#writes.set(nameOf(staged.key), staged);
  }

  async #read(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]> {
    const found = await this.#context.store.get(keys);
    keys.forEach((key, i) => {
      const known = this.#reads.get(nameOf(key));
      const version = found[i]?.version;
      // The first look counts: had the document changed since, the commit must meet a conflict.
      if (known === undefined) this.#reads.set(nameOf(key), { key, version });
    });
    return found;
  }

  #key(collection: Collection, id: string): Key {
    if (
      typeof id !== 'string' ||
      id.length === 0 ||
      id.length > 512 ||
      id.includes('\u0000') ||
      !id.isWellFormed()
    ) {
      throw new PayloadError(`a document id of ${collection.name} is not allowed`, {
        fix: 'use 1 to 512 characters of valid Unicode without NUL',
      });
    }
    return { collection: collection.name, tenant: this.#lease.record.tenant, id };
  }

  #assertOpen(): void {
    if (!this.#closed && this.#lease.state === 'held') return;
    throw new LeaseLostError('this attempt of the task is over', {
      facts: { taskId: this.#lease.record.id },
    });
  }
}

const nameOf = ({ collection, tenant, id }: Key): string => `${collection}\u0000${tenant}\u0000${id}`;

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const valueOf = <S extends Schema>(collection: Collection<S>, fields: Fields): OutputOf<S> =>
  parseNow(collection.schema, fields, `document of ${collection.name}`);

interface Found {
  readonly id: string;
  readonly fields: Fields;
}

/** Puts what the run has staged itself over what the store answered, in the order of the index. */
const overlay = (
  collection: Collection,
  query: DraftQuery,
  documents: readonly Stored[],
  staged: readonly Staged[],
): readonly Found[] => {
  const found = new Map(
    documents.map(({ key, fields }): [string, Found] => [key.id, { id: key.id, fields }]),
  );
  if (staged.length === 0) return [...found.values()];
  const index = collection.indexes.find(({ name }) => name === query.index);
  if (index === undefined) throw new PayloadError(`${collection.name} has no index ${query.index}`);
  for (const { key, fields } of staged) {
    if (fields !== undefined && isIn(index.fields, fields, query)) found.set(key.id, { id: key.id, fields });
    else found.delete(key.id);
  }
  const last = index.fields[index.fields.length - 1] ?? '';
  const sign = query.order === 'desc' ? -1 : 1;
  return [...found.values()].sort((a, b) => {
    const [x, y] = [a.fields[last], b.fields[last]];
    const byValue = isIndexValue(x) && isIndexValue(y) ? compareIndexValues(x, y) : 0;
    return sign * (byValue === 0 ? compareText(a.id, b.id) : byValue);
  });
};

const isIndexValue = (value: Json | undefined): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

const isIn = (names: readonly string[], fields: Fields, { equals, range = {} }: DraftQuery): boolean => {
  const values = names.map((name) => fields[name]);
  const last = values[values.length - 1];
  if (!values.every(isIndexValue) || !isIndexValue(last)) return false;
  if (!equals.every((value, i) => value === values[i])) return false;
  if (range.min !== undefined && compareIndexValues(last, range.min) < 0) return false;
  return range.max === undefined || compareIndexValues(last, range.max) <= 0;
};
