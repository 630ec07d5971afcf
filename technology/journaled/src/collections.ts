import {
  checkCollectionSpec,
  checkQuery,
  type CollectionSpec,
  type IndexSpec,
  PayloadError,
  type Query,
  readCursor,
  sameIndex,
  undeclaredCollection,
  undeclaredIndex,
} from '@waybill/core';
import type { IndexQuery } from './raw-query.ts';

/** What this client has declared. */
export class Collections {
  readonly #indexes = new Map<string, Map<string, IndexSpec>>();

  get names(): readonly string[] {
    return [...this.#indexes.keys()];
  }

  /** Throws a `PayloadError` for a declaration that cannot be kept, or contradicts an earlier one. */
  checkSpecs(specs: readonly CollectionSpec[]): void {
    for (const spec of specs) {
      checkCollectionSpec(spec);
      for (const index of spec.indexes ?? []) {
        const there = this.#indexes.get(spec.name)?.get(index.name);
        if (there !== undefined && !sameIndex(there, index))
          throw new PayloadError(
            `the index ${index.name} of ${spec.name} is declared with other fields already`,
            {
              fix: 'give the changed index a new name',
            },
          );
      }
    }
  }

  add(specs: readonly CollectionSpec[]): void {
    for (const { name, indexes = [] } of specs) {
      const known = this.#indexes.get(name) ?? new Map<string, IndexSpec>();
      this.#indexes.set(name, known);
      for (const index of indexes) known.set(index.name, { ...index, fields: [...index.fields] });
    }
  }

  check(name: string): void {
    if (!this.#indexes.has(name)) throw undeclaredCollection(name);
  }

  /** The query with its index, for the backend. Throws a `PayloadError` for one that no index serves. */
  resolve(query: Query): IndexQuery {
    const { collection, tenant, equals, range, order = 'asc', limit, total = false } = query;
    this.check(collection);
    const index = this.#indexes.get(collection)?.get(query.index);
    if (index === undefined) throw undeclaredIndex(query);
    checkQuery(query, index);
    const after = readCursor(query.after);
    return {
      kind: 'index',
      collection,
      ...(tenant === undefined ? {} : { tenant }),
      index,
      equals: [...equals],
      ...(range === undefined ? {} : { range: { ...range } }),
      order,
      limit,
      ...(after === undefined ? {} : { after }),
      total,
    };
  }
}
