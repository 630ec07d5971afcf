import {
  cursorBehind,
  type Fields,
  type IndexSpec,
  type IndexValue,
  type Query,
  readCursor,
} from '@waybill/core';
import type { Document } from './document.ts';
import { Group } from './group.ts';
import { comparePlaces, type Place } from './place.ts';
import { sortable } from './sortable.ts';
import type { SortedTree } from './sorted-tree.ts';

/** One declared index: a group of places for each combination of equality values that occurs. */
export class FieldIndex {
  readonly spec: IndexSpec;
  readonly #equalityFields: readonly string[];
  readonly #lastField: string;
  readonly #all = new Group();

  constructor(spec: IndexSpec) {
    this.spec = { ...spec, fields: [...spec.fields] };
    this.#equalityFields = spec.fields.slice(0, -1);
    this.#lastField = spec.fields[spec.fields.length - 1] ?? spec.fields[0];
  }

  /** Whether the patch may move a document. */
  covers(patch: Fields): boolean {
    return this.spec.fields.some((field) => field in patch);
  }

  /** Where the document belongs as it is now; `undefined` if it lacks a field. */
  locate(document: Document): Place | undefined {
    const { key, fields, sortTenant, sortId } = document;
    const value = indexValue(fields, this.#lastField);
    if (value === undefined) return undefined;
    for (const name of this.#equalityFields) if (indexValue(fields, name) === undefined) return undefined;
    let group = this.spec.acrossTenants ? this.#all : this.#all.make(key.tenant);
    for (const name of this.#equalityFields) group = group.make(indexValue(fields, name) as IndexValue); // none is absent
    return { value: sortableValue(value), side: 0, tenant: sortTenant, id: sortId, document, group };
  }

  /** The places of the page in order, one more than the limit if there are more. */
  select(query: Query): readonly Place[] {
    const { tree, low, high } = this.#bounds(query);
    const after = placeAfter(query);
    if (tree === undefined) return [];
    const places: Place[] = [];
    const [walk, end, past] =
      query.order === 'desc'
        ? [tree.entriesReversed(after ?? high, [], after !== undefined), low, -1]
        : [tree.entries(after ?? low, []), high, 1];
    for (const [place] of walk) {
      if (end !== undefined && comparePlaces(place, end) * past > 0) break;
      if (after !== undefined && comparePlaces(place, after) === 0) continue;
      if (places.push(place) > query.limit) break;
    }
    return places;
  }

  /** Behind this document, the last of a page. */
  cursor(last: Document | undefined, { after }: Query): string {
    const value = last && indexValue(last.fields, this.#lastField);
    const place =
      last && value !== undefined ? { value, tenant: last.key.tenant, id: last.key.id } : undefined;
    return cursorBehind(place, after);
  }

  /** Without a range at once, with one in a small fraction of the matches' number: whole leaves are counted. */
  count(query: Query): number {
    const { tree, low, high } = this.#bounds(query);
    const first = low ?? tree?.minKey();
    const last = high ?? tree?.maxKey();
    if (tree === undefined || first === undefined || last === undefined) return 0;
    if (comparePlaces(first, last) > 0) return 0; // the tree would count backwards
    return query.range === undefined ? tree.size : tree.forRange(first, last, true);
  }

  #bounds({ tenant, equals, range }: Query): Bounds {
    let group = tenant === undefined ? this.#all : this.#all.next(tenant);
    for (const value of equals) group = group?.next(value);
    return { tree: group?.places, low: bound(range?.min, -1), high: bound(range?.max, 1) };
  }
}

interface Bounds {
  readonly tree: SortedTree | undefined;
  /** `undefined`: from the first or to the last. */
  readonly low: Place | undefined;
  readonly high: Place | undefined;
}

const placeAfter = (query: Query): Place | undefined => {
  const place = readCursor(query.after);
  if (place === undefined) return undefined;
  const { value, tenant, id } = place;
  return {
    ...nowhere,
    value: sortableValue(value),
    side: 0,
    tenant: sortable(tenant),
    id: sortable(id),
  };
};

const bound = (value: IndexValue | undefined, side: -1 | 1): Place | undefined =>
  value === undefined ? undefined : { ...nowhere, value: sortableValue(value), side };

const nowhere = { tenant: '', id: '', document: undefined, group: undefined };

const indexValue = (fields: Fields, name: string): IndexValue | undefined => {
  const value = fields[name];
  // Inherited members are objects and functions, so they are told from fields by their type.
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
};

const sortableValue = (value: IndexValue): IndexValue =>
  typeof value === 'string' ? sortable(value) : value;
