import type { IndexValue } from '@waybill/core';
import type { Place } from './place.ts';
import { newSortedTree, type SortedTree } from './sorted-tree.ts';

/**
 * The places of the documents that have the same equality values, and the groups of those that have one more. A text and a
 * number are never the same value.
 */
export class Group {
  readonly #parent: Group | undefined;
  readonly #value: IndexValue | undefined;
  #next: Map<IndexValue, Group> | undefined;
  #places: SortedTree | undefined;

  constructor(parent?: Group, value?: IndexValue) {
    this.#parent = parent;
    this.#value = value;
  }

  get places(): SortedTree | undefined {
    return this.#places;
  }

  /** The group with one more value, if there is one. */
  next(value: IndexValue): Group | undefined {
    return this.#next?.get(value);
  }

  /** The group with one more value; it lasts while there is a place in it. */
  make(value: IndexValue): Group {
    this.#next ??= new Map();
    let next = this.#next.get(value);
    if (next === undefined) this.#next.set(value, (next = new Group(this, value)));
    return next;
  }

  insert(place: Place): void {
    this.#places ??= newSortedTree();
    this.#places.set(place, undefined);
  }

  remove(place: Place): void {
    this.#places?.delete(place);
    if (this.#places?.isEmpty === true) this.#leave();
  }

  #leave(): void {
    this.#places = undefined;
    if (this.#next === undefined || this.#next.size === 0) this.#parent?.forget(this.#value);
  }

  /** The group with this value has become empty. What is empty then leaves its own group in turn. */
  forget(value: IndexValue | undefined): void {
    if (value !== undefined) this.#next?.delete(value);
    if (this.#places === undefined && this.#next?.size === 0) this.#leave();
  }
}
