import {
  checkCollectionSpec,
  type CollectionSpec,
  type IndexSpec,
  PayloadError,
  type Query,
  sameIndex,
  undeclaredCollection,
  undeclaredIndex,
} from '@waybill/core';

/** What this process has declared. */
export class DeclaredCollections {
  #indexes: ReadonlyMap<string, ReadonlyMap<string, IndexSpec>> = new Map();

  /** What is known with these added; `adopt` makes it so. Throws a `PayloadError` for what cannot be. */
  with(specs: readonly CollectionSpec[]): ReadonlyMap<string, ReadonlyMap<string, IndexSpec>> {
    const merged = new Map([...this.#indexes].map(([name, indexes]) => [name, new Map(indexes)]));
    for (const spec of specs) {
      checkCollectionSpec(spec);
      const known = merged.get(spec.name) ?? new Map<string, IndexSpec>();
      merged.set(spec.name, known);
      for (const index of spec.indexes ?? [])
        known.set(index.name, sameAs(known.get(index.name), index, spec.name));
    }
    return merged;
  }

  adopt(specs: readonly CollectionSpec[]): void {
    this.#indexes = this.with(specs);
  }

  /** Throws a `PayloadError` for a collection that was not declared. */
  assert(name: string): void {
    if (!this.#indexes.has(name)) throw undeclaredCollection(name);
  }

  /** Throws a `PayloadError` for an index that was not declared. */
  index(query: Query): IndexSpec {
    const indexes = this.#indexes.get(query.collection);
    if (indexes === undefined) throw undeclaredCollection(query.collection);
    const index = indexes.get(query.index);
    if (index === undefined) throw undeclaredIndex(query);
    return index;
  }
}

const sameAs = (known: IndexSpec | undefined, index: IndexSpec, collection: string): IndexSpec => {
  if (known === undefined || sameIndex(known, index)) return index;
  throw new PayloadError(`the index ${index.name} of ${collection} was declared with other fields`, {
    fix: 'give the new index another name',
  });
};
