import type { Expectation, Key, Query, Seen, Stored } from '../store.ts';

/** One string per document, whatever its parts contain: no part holds a NUL. */
export const nameOf = ({ collection, tenant, id }: Key): string => `${collection}\u0000${tenant}\u0000${id}`;

/** What one run has read, by key and by query: what must still hold when it commits. */
export class ReadSet {
  readonly #reads = new Map<string, { readonly key: Key; readonly version: number | undefined }>();
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

  /** All of it, or, under `snapshot`, of the documents that the run also writes. */
  expectations(only?: { has(name: string): boolean }): Expectation[] {
    const expect: Expectation[] = [];
    for (const [name, { key, version }] of this.#reads) {
      if (only !== undefined && !only.has(name)) continue;
      expect.push(version === undefined ? { kind: 'absent', key } : { kind: 'version', key, version });
    }
    if (only === undefined) for (const range of this.#ranges) expect.push({ kind: 'range', ...range });
    return expect;
  }
}
