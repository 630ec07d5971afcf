import assert from 'node:assert/strict';
import type { Expectation, Fields, IndexValue, Key, Query, Seen, Stored, Transaction } from '@waybill/core';
import { indexes, keys } from './store-space.ts';

/** Where a document stands in an index. */
export interface Position {
  readonly value: IndexValue;
  readonly tenant: string;
  readonly id: string;
}

export interface Row extends Position {
  readonly stored: Stored;
}

/** What a DocumentStore promises, as plainly as it can be said: a list of documents, filtered and sorted. */
export class StoreOracle {
  readonly #documents: Map<string, Stored>;
  /** Every version that a key ever had, also in a former life. */
  readonly #versions: Map<string, readonly number[]>;

  constructor(documents = new Map<string, Stored>(), versions = new Map<string, readonly number[]>()) {
    this.#documents = documents;
    this.#versions = versions;
  }

  copy(): StoreOracle {
    return new StoreOracle(new Map(this.#documents), new Map(this.#versions));
  }

  get(key: Key): Stored | undefined {
    return this.#documents.get(nameOf(key));
  }

  all(): readonly (Stored | undefined)[] {
    return keys.map((key) => this.get(key));
  }

  versionsOf(key: Key): readonly number[] {
    return this.#versions.get(nameOf(key)) ?? [];
  }

  /** Every match in order, whatever `limit` and `after` say. */
  matches({ collection, tenant, index, equals, range, order }: Query): readonly Row[] {
    const fields = indexes.find(({ name }) => name === index)?.fields ?? [];
    const rows = [...this.#documents.values()].flatMap((stored): readonly Row[] => {
      const values = fields.map((name) => ownField(stored.fields, name));
      const value = values.pop();
      const isMatch =
        stored.key.collection === collection &&
        (tenant === undefined || stored.key.tenant === tenant) &&
        values.every((each, n) => each === equals[n]) &&
        (typeof value === 'number' || typeof value === 'string');
      return isMatch ? [{ value, tenant: stored.key.tenant, id: stored.key.id, stored }] : [];
    });
    const inRange = rows.filter(
      ({ value }) =>
        (range?.min === undefined || compareValues(value, range.min) >= 0) &&
        (range?.max === undefined || compareValues(value, range.max) <= 0),
    );
    const ascending = inRange.sort(comparePositions);
    return order === 'desc' ? ascending.reverse() : ascending;
  }

  seenBy(query: Query): readonly Seen[] {
    return this.matches(query)
      .slice(0, query.limit)
      .map(({ tenant, id, stored: { version } }) => ({ tenant, id, version }));
  }

  /** The keys that stand against the transaction; `undefined` stands for a range. */
  objections({ expect, writes }: Transaction): readonly (Key | undefined)[] {
    const unmet = expect.filter((expectation) => !this.#holds(expectation));
    const missing = writes.filter(({ kind, key }) => kind === 'patch' && this.get(key) === undefined);
    return [
      ...unmet.map((each) => (each.kind === 'range' ? undefined : each.key)),
      ...missing.map(({ key }) => key),
    ];
  }

  /** Throws if the version is not one that the written documents may have now. */
  apply({ writes }: Transaction, version: number): void {
    for (const { kind, key, ...write } of writes) {
      const name = nameOf(key);
      if (kind === 'delete') {
        this.#documents.delete(name);
        continue;
      }
      const former = this.versionsOf(key);
      assert.ok(Number.isSafeInteger(version) && version > 0, `${version} is no version`);
      assert.ok(!former.includes(version), `the key ${name} had version ${version} before`);
      this.#versions.set(name, [...former, version]);
      const fields = 'fields' in write ? write.fields : {};
      const merged = kind === 'patch' ? { ...this.get(key)?.fields, ...fields } : fields;
      this.#documents.set(name, { key, version, fields: JSON.parse(JSON.stringify(merged)) as Fields }); // an object before
    }
  }

  #holds(expectation: Expectation): boolean {
    if (expectation.kind === 'range') {
      const now = JSON.stringify(this.seenBy(expectation.query).map(tuple));
      return now === JSON.stringify(expectation.seen.map(tuple));
    }
    const stored = this.get(expectation.key);
    if (expectation.kind === 'absent') return stored === undefined;
    if (expectation.kind === 'version') return stored?.version === expectation.version;
    const is = (name: string): unknown => (stored && ownField(stored.fields, name)) ?? null;
    return (
      stored !== undefined && Object.entries(expectation.fields).every(([name, value]) => is(name) === value)
    );
  }
}

export const comparePositions = (a: Position, b: Position): number =>
  compareValues(a.value, b.value) || compareText(a.tenant, b.tenant) || compareText(a.id, b.id);

const compareValues = (a: IndexValue, b: IndexValue): number => {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return typeof a === 'number' ? -1 : 1;
};

/** The order of UTF-8 bytes is the order of code points. */
const compareText = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

const nameOf = ({ collection, tenant, id }: Key): string => JSON.stringify([collection, tenant, id]);

const ownField = (fields: Fields, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

const tuple = ({ tenant, id, version }: Seen): unknown => [tenant, id, version];
