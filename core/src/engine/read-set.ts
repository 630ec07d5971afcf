import type { Expectation, Key, Query, Seen, Stored } from '../store.ts';

/** One string per document, whatever its parts contain: no part holds a NUL. */
export const nameOf = ({ collection, tenant, id }: Key): string => `${collection}\u0000${tenant}\u0000${id}`;

interface Read {
  readonly key: Key;
  /** `undefined`: there was none. */
  readonly version: number | undefined;
}

/** What one run has read, by key and by query: what must still hold when it commits. */
export class ReadSet {
  readonly #reads = new Map<string, Read>();
  readonly #ranges: { readonly query: Query; readonly seen: readonly Seen[] }[] = [];

  /** The first look counts: had the document changed since, the commit must meet a conflict. */
  add(key: Key, found: Stored | undefined): void {
    const name = nameOf(key);
    if (!this.#reads.has(name)) this.#reads.set(name, { key, version: found?.version });
  }

  addRange(query: Query, found: readonly Stored[]): void {
    const seen = found.map(({ key, version }) => ({ tenant: key.tenant, id: key.id, version }));
    this.#ranges.push({ query, seen });
  }

  /** All of it must still hold. */
  expectations(): Expectation[] {
    const ranges = this.#ranges.map((range): Expectation => ({ kind: 'range', ...range }));
    return [...[...this.#reads.values()].map(unchanged), ...ranges];
  }

  /** As under `snapshot`: of the documents that the run also writes, whether it has read them by key or by query. */
  expectationsOf(written: { has(name: string): boolean }): Expectation[] {
    const reads = new Map(this.#reads);
    for (const { query, seen } of this.#ranges) {
      for (const { tenant, id, version } of seen) {
        const key = { collection: query.collection, tenant, id };
        const name = nameOf(key);
        if (!reads.has(name)) reads.set(name, { key, version });
      }
    }
    return [...reads].filter(([name]) => written.has(name)).map(([, read]) => unchanged(read));
  }
}

const unchanged = ({ key, version }: Read): Expectation =>
  version === undefined ? { kind: 'absent', key } : { kind: 'version', key, version };
