import { at, compare, type Doc, setAt, textOf } from './bson-values.fixture.ts';
import { matches } from './matches.fixture.ts';

/** Documents by their ids, by collection. Never changed in place: whoever has one has a snapshot. */
export type Data = ReadonlyMap<string, ReadonlyMap<string, Doc>>;

/** A view of data with changes of its own on top. */
export class View {
  readonly #base: Data;
  /** `undefined`: removed. */
  readonly changes = new Map<string, Map<string, Doc | undefined>>();

  constructor(base: Data) {
    this.#base = base;
  }

  get(collection: string, id: unknown): Doc | undefined {
    const name = textOf(id);
    const changed = this.changes.get(collection);
    return changed?.has(name) === true ? changed.get(name) : this.#base.get(collection)?.get(name);
  }

  find(collection: string, filter: Doc): Doc[] {
    const all = new Map(this.#base.get(collection));
    for (const [name, document] of this.changes.get(collection) ?? [])
      if (document === undefined) all.delete(name);
      else all.set(name, document);
    return [...all.values()].filter((document) => matches(document, filter));
  }

  put(collection: string, id: unknown, document: Doc | undefined): void {
    const changes = this.changes.get(collection) ?? new Map<string, Doc | undefined>();
    this.changes.set(collection, changes);
    changes.set(textOf(id), document);
  }
}

/** The data with the changes in it. */
export const applied = (data: Data, changes: View['changes']): Data => {
  const next = new Map(data);
  for (const [collection, changed] of changes) {
    const documents = new Map(next.get(collection));
    for (const [name, document] of changed)
      if (document === undefined) documents.delete(name);
      else documents.set(name, document);
    next.set(collection, documents);
  }
  return next;
};

/** What an update makes of a document; `undefined`: of one that is not there yet. */
export const updated = (before: Doc | undefined, filter: Doc, update: Doc): Doc => {
  const document: Doc = before === undefined ? equalitiesOf(filter) : structuredClone(before);
  const isReplacement = !Object.keys(update).some((name) => name.startsWith('$'));
  if (isReplacement) return { _id: document['_id'], ...structuredClone(update) };
  for (const [path, value] of Object.entries((update['$set'] ?? {}) as Doc))
    setAt(document, path, structuredClone(value));
  for (const path of Object.keys((update['$unset'] ?? {}) as Doc)) setAt(document, path, undefined);
  for (const [path, by] of Object.entries((update['$inc'] ?? {}) as Doc))
    setAt(document, path, Number(at(document, path) ?? 0) + Number(by));
  if (before === undefined)
    for (const [path, value] of Object.entries((update['$setOnInsert'] ?? {}) as Doc))
      setAt(document, path, value);
  return document;
};

const equalitiesOf = (filter: Doc): Doc => {
  const document: Doc = {};
  for (const [path, value] of Object.entries(filter))
    if (!path.startsWith('$')) setAt(document, path, structuredClone(value));
  return document;
};

export const sorted = (documents: Doc[], sort: Doc): Doc[] =>
  documents.sort((a, b) => {
    for (const [path, direction] of Object.entries(sort)) {
      const order = compare(at(a, path), at(b, path));
      if (order !== 0) return order * Number(direction);
    }
    return 0;
  });
