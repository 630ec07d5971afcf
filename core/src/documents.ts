import type { Collection } from './collection.ts';
import { ConflictError, PayloadError } from './errors.ts';
import { checkQuery } from './engine/check-query.ts';
import { checkText, longestId, longestTenant } from './contract/check-text.ts';
import type { EngineContext } from './engine/engine-context.ts';
import { copyJson, parseNow } from './engine/payload.ts';
import type { JsonObject } from './json.ts';
import type { InputOf, OutputOf, Schema } from './schema.ts';
import type { Expectation, Key, Query, Stored, Write } from './store.ts';

export interface Document<Value> {
  readonly id: string;
  readonly version: number;
  readonly value: Value;
}

/** What must be true of a document for a change of it to happen: its version, that it is absent, or nothing. */
export type Expected = number | 'absent' | 'any';

/** Reads and writes of one collection and tenant outside of a task: every call is a transaction of its own. */
export class Documents<S extends Schema> {
  readonly #context: EngineContext;
  readonly #collection: Collection<S>;
  readonly #tenant: string;

  constructor(context: EngineContext, collection: Collection<S>, tenant: string) {
    this.#context = context;
    this.#collection = collection;
    this.#tenant = tenant;
  }

  async get(id: string): Promise<Document<OutputOf<S>> | undefined> {
    const key = this.#key(id);
    await this.#context.turns.next();
    const [stored] = await this.#context.store.get([key]);
    return stored === undefined ? undefined : this.#documentOf(stored);
  }

  async find(
    query: Pick<Query, 'index' | 'equals' | 'range' | 'order' | 'limit' | 'after'>,
  ): Promise<{ readonly documents: readonly Document<OutputOf<S>>[]; readonly next?: string }> {
    checkText(this.#tenant, 'tenant', longestTenant);
    const asked = {
      ...checkQuery(this.#collection, query),
      collection: this.#collection.name,
      tenant: this.#tenant,
    };
    await this.#context.turns.next();
    const { documents, next } = await this.#context.store.find(asked);
    return {
      documents: documents.map((stored) => this.#documentOf(stored)),
      ...(next === undefined ? {} : { next }),
    };
  }

  /** Answers the new version. Throws a `ConflictError` if `expected` (default `any`) does not hold. */
  async put(id: string, value: InputOf<S>, expected: Expected = 'any'): Promise<number> {
    const what = `document of ${this.#collection.name}`;
    const fields = copyJson(
      parseNow(this.#collection.schema, value, what),
      what,
      this.#context.settings.limits,
    );
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      throw new PayloadError(`${what} is not an object`, { fix: 'documents are JSON objects' });
    }
    return this.#commit(id, { kind: 'put', key: this.#key(id), fields: fields as JsonObject }, expected); // just asked
  }

  async delete(id: string, expected: Expected = 'any'): Promise<void> {
    await this.#commit(id, { kind: 'delete', key: this.#key(id) }, expected);
  }

  async #commit(id: string, write: Write, expected: Expected): Promise<number> {
    await this.#context.turns.next();
    const [outcome] = await this.#context.store.commit([
      { expect: expectationOf(write.key, expected), writes: [write] },
    ]);
    if (outcome?.result === 'committed') return outcome.version;
    throw new ConflictError(`the document of ${this.#collection.name} is not as expected`, { facts: { id } });
  }

  #key(id: string): Key {
    checkText(this.#tenant, 'tenant', longestTenant);
    checkText(id, `document id of ${this.#collection.name}`, longestId);
    return { collection: this.#collection.name, tenant: this.#tenant, id };
  }

  #documentOf({ key, version, fields }: Stored): Document<OutputOf<S>> {
    return {
      id: key.id,
      version,
      value: parseNow(this.#collection.schema, fields, `document of ${key.collection}`),
    };
  }
}

const expectationOf = (key: Key, expected: Expected): readonly Expectation[] => {
  if (expected === 'any') return [];
  return [expected === 'absent' ? { kind: 'absent', key } : { kind: 'version', key, version: expected }];
};
