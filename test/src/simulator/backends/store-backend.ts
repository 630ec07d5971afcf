import type {
  CollectionSpec,
  CommitOutcome,
  Expectation,
  Fields,
  IndexSpec,
  IndexValue,
  Key,
  Page,
  Query,
  Stored,
  Transaction,
  Write,
} from '@waybill/core';
import { compareIndexValues, compareText, PayloadError } from '@waybill/core';
import { describeChanges, describeRefused } from '../describe.ts';
import type { Change } from '../history.ts';
import { epochMs, type World } from '../world.ts';
import { copyFields, patched } from './copy-fields.ts';

interface Collection {
  readonly documents: Map<string, Stored>;
  readonly indexes: Map<string, IndexSpec>;
}

/** Collections of which the checks ask nothing. */
const unrecorded = new Set(['waybill.workers', 'waybill.logs', 'waybill.agent']);

/** The one store of a simulated deployment: correct, and small. What goes wrong on the way is the link's business. */
export class StoreBackend {
  readonly #world: World;
  readonly #collections = new Map<string, Collection>();
  #lastVersion = 0;
  #clockMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  now(): number {
    return Math.floor(epochMs + this.#world.now + this.#clockMs);
  }

  /** The server's clock is set. */
  jump(ms: number): void {
    this.#clockMs += ms;
  }

  prepare(specs: readonly CollectionSpec[]): void {
    for (const { name, indexes = [] } of specs) {
      const collection = this.#collections.get(name) ?? { documents: new Map(), indexes: new Map() };
      for (const index of indexes) collection.indexes.set(index.name, index);
      this.#collections.set(name, collection);
    }
  }

  get(key: Key): Stored | undefined {
    return this.#collection(key.collection).documents.get(nameOf(key));
  }

  all(collection: string): Stored[] {
    return [...(this.#collections.get(collection)?.documents.values() ?? [])];
  }

  find(query: Query): Page {
    const matches = this.#matches(query);
    const begin = query.after === undefined ? 0 : Number(placeAfter(matches, query));
    const shown = matches.slice(begin, begin + query.limit);
    const last = shown.at(-1);
    return {
      documents: shown.map(({ stored }) => stored),
      ...(begin + shown.length < matches.length && last !== undefined ? { next: cursorOf(last) } : {}),
      ...(query.total === true ? { total: matches.length } : {}),
    };
  }

  commit(transaction: Transaction, by: string): CommitOutcome {
    const failed = transaction.expect.find((expectation) => !this.#holds(expectation));
    if (failed !== undefined && this.#world.timeline !== undefined)
      this.#world.tell('store', `${by}: refused, ${describeRefused(transaction)}`);
    if (failed !== undefined) return failed.kind === 'range' ? conflict : { ...conflict, key: failed.key };
    const orphan = transaction.writes.find(
      (write) => write.kind === 'patch' && this.get(write.key) === undefined,
    );
    if (orphan !== undefined) return { ...conflict, key: orphan.key };
    const version = transaction.writes.length === 0 ? 0 : ++this.#lastVersion;
    const changes = transaction.writes.map((write) => this.#write(write, version));
    const recorded = changes.filter(({ key }) => !unrecorded.has(key.collection));
    if (recorded.length > 0 && this.#world.timeline !== undefined)
      this.#world.tell('store', `${by}: ${describeChanges(recorded)}`);
    if (recorded.length > 0)
      this.#world.record({ kind: 'commit', at: this.#world.now, by, changes: recorded });
    const documents = transaction.reads?.map((key) => this.get(key));
    return { result: 'committed', version, ...(documents === undefined ? {} : { documents }) };
  }

  #write(write: Write, version: number): Change {
    const { key } = write;
    const { documents } = this.#collection(key.collection);
    const name = nameOf(key);
    const before = documents.get(name)?.fields;
    const after =
      write.kind === 'delete'
        ? undefined
        : write.kind === 'put'
          ? copyFields(write.fields)
          : patched(before ?? {}, write.fields);
    if (after === undefined) documents.delete(name);
    else documents.set(name, { key, version, fields: after });
    return { key, before, after };
  }

  #holds(expectation: Expectation): boolean {
    if (expectation.kind === 'range') {
      const now = this.find(expectation.query).documents;
      const { seen } = expectation;
      return (
        now.length === seen.length &&
        now.every(({ key, version }, i) => key.id === seen[i]?.id && version === seen[i]?.version)
      );
    }
    const stored = this.get(expectation.key);
    switch (expectation.kind) {
      case 'absent':
        return stored === undefined;
      case 'version':
        return stored?.version === expectation.version;
      case 'fields':
        return (
          stored !== undefined &&
          Object.entries(expectation.fields).every(([name, value]) => (stored.fields[name] ?? null) === value)
        );
    }
  }

  #matches(query: Query): Match[] {
    const { documents, indexes } = this.#collection(query.collection);
    const index = indexes.get(query.index);
    if (index === undefined) throw new PayloadError(`${query.collection} has no index ${query.index}`);
    const matches: Match[] = [];
    for (const stored of documents.values()) {
      const value = valueIn(index, stored, query);
      if (value !== undefined) matches.push({ value, stored });
    }
    if (matches.length > 1) matches.sort(compareMatches);
    return query.order === 'desc' ? matches.reverse() : matches;
  }

  #collection(name: string): Collection {
    const collection = this.#collections.get(name);
    if (collection === undefined) throw new PayloadError(`collection ${name} was not declared`);
    return collection;
  }
}

interface Match {
  readonly value: IndexValue;
  readonly stored: Stored;
}

const conflict = { result: 'conflict' } as const;

const nameOf = ({ tenant, id }: Key): string => `${tenant}\u0000${id}`;

const isIndexValue = (value: unknown): value is IndexValue =>
  typeof value === 'string' || typeof value === 'number';

/** What the document has in the last field of the index, if the query asks for it. */
const valueIn = (
  { fields: names }: IndexSpec,
  { key, fields }: Stored,
  query: Query,
): IndexValue | undefined => {
  if (query.tenant !== undefined && key.tenant !== query.tenant) return undefined;
  for (let i = 0; i < query.equals.length; i++)
    if (fields[names[i] ?? ''] !== query.equals[i]) return undefined;
  const value = valueOf(fields, names);
  if (value === undefined) return undefined;
  const { min, max } = query.range ?? {};
  if (min !== undefined && compareIndexValues(value, min) < 0) return undefined;
  return max !== undefined && compareIndexValues(value, max) > 0 ? undefined : value;
};

const valueOf = (fields: Fields, names: IndexSpec['fields']): IndexValue | undefined => {
  const value = fields[names[names.length - 1] ?? names[0]];
  return isIndexValue(value) ? value : undefined;
};

const compareMatches = (a: Match, b: Match): number =>
  compareIndexValues(a.value, b.value) ||
  compareText(a.stored.key.tenant, b.stored.key.tenant) ||
  compareText(a.stored.key.id, b.stored.key.id);

const cursorOf = ({ value, stored: { key } }: Match): string => JSON.stringify([value, key.tenant, key.id]);

/** The number of matches that do not come after the query's cursor. */
const placeAfter = (matches: readonly Match[], { after = '[]', order }: Query): number => {
  const [value, tenant, id] = JSON.parse(after) as [IndexValue, string, string]; // from `cursorOf`
  const sign = order === 'desc' ? -1 : 1;
  const isPast = (match: Match): boolean =>
    sign *
      (compareIndexValues(match.value, value) ||
        compareText(match.stored.key.tenant, tenant) ||
        compareText(match.stored.key.id, id)) >
    0;
  const place = matches.findIndex(isPast);
  return place < 0 ? matches.length : place;
};
