import { type Key, sameKey } from '@waybill/core';
import { type Catalog, type Declared, firstPosition } from './catalog.ts';
import { memberOf } from './member.ts';
import { firstShape, kind } from './commit-kinds.ts';
import type { Packer } from './packer.ts';
import type { Shape } from './shapes.ts';

/** Of a document that is put, beside those of its columns that stand by themselves. */
const putValues = 3;

interface NumberedKey extends Key {
  readonly collectionNumber: number;
}

/** What transactions about one document may have in common. */
interface TransactionKind {
  readonly collection: number;
  /** Kinds or shapes of its expectation and its write. */
  readonly expected: number;
  readonly written: number;
  readonly reads: number;
}

/** What recurs in a request: its collections, shapes and keys are written once, and have numbers everywhere else. */
export class RequestNames {
  readonly #catalog: Catalog;
  readonly #collections: Declared[] = [];
  /** The last position in a head that the request needs, by collection. */
  readonly #widths: number[] = [];
  readonly #shapes: Shape[] = [];
  readonly #transactions: TransactionKind[] = [];
  readonly #keys: NumberedKey[] = [];
  /** By id: the number of the first key that has it. Few others have the same. */
  readonly #firstOfId = new Map<string, number>();
  /** By collection and member: the numbers of the others. */
  readonly #others = new Map<string, number>();
  /** Most operations are about the same key as the one before. */
  #lastKey: Key | undefined;
  #lastNumber = 0;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** From 1, as Lua counts. */
  collection(declared: Declared): number {
    const known = this.#collections.indexOf(declared);
    if (known !== -1) return known + 1;
    this.#widths.push(firstPosition - 1 + declared.lead);
    return this.#collections.push(declared);
  }

  /** That the request looks at this position of a head. */
  needs(collection: number, position: number): void {
    this.#widths[collection - 1] = Math.max(this.#widths[collection - 1] ?? 0, position);
  }

  /** From 0. */
  shape(declared: Declared, shape: Shape): number {
    const known = this.#shapes.indexOf(shape);
    if (known !== -1) return known;
    const collection = this.collection(declared);
    for (const position of shape.positions) this.needs(collection, position);
    return this.#shapes.push(shape) - 1;
  }

  /** From 1. */
  transaction(declared: Declared, expected: number, written: number, reads: number): number {
    const collection = this.collection(declared);
    let number = 0;
    for (const known of this.#transactions) {
      number++;
      if (
        known.collection === collection &&
        known.expected === expected &&
        known.written === written &&
        known.reads === reads
      )
        return number;
    }
    return this.#transactions.push({ collection, expected, written, reads });
  }

  /** From 1. */
  key(key: Key): number {
    if (key !== this.#lastKey) {
      this.#lastNumber = this.#numberOf(key);
      this.#lastKey = key;
    }
    return this.#lastNumber;
  }

  /** As `store.commit` reads them. */
  pack(packer: Packer): void {
    packer.int(this.#collections.length);
    for (const [i, { name, lead, indexes }] of this.#collections.entries()) {
      packer.text(name);
      packer.int(lead);
      packer.int(this.#widths[i] ?? 0);
      packer.int(indexes.length);
      for (const { slot, across, positions } of indexes) {
        packer.int(slot);
        packer.int(across ? 1 : 0);
        packer.int(positions.length);
        for (const position of positions) packer.int(position);
      }
    }
    packer.int(this.#shapes.length);
    for (const { kind, positions } of this.#shapes) {
      packer.int(kind);
      packer.int(positions.length);
      for (const position of positions) packer.int(position);
    }
    packer.int(this.#transactions.length);
    for (const { collection, expected, written, reads } of this.#transactions) {
      packer.int(expected);
      packer.int(written);
      packer.int(reads);
      packer.int(this.#values(expected, collection));
      packer.int(this.#values(written, collection));
    }
    packer.int(this.#keys.length);
    for (const key of this.#keys) {
      packer.int(key.collectionNumber);
      packer.text(memberOf(key));
    }
  }

  /** How many values an operation has. */
  #values(operation: number, collection: number): number {
    if (operation === kind.put) return putValues + (this.#collections[collection - 1]?.lead ?? 0);
    if (operation === kind.putAgain) return putValues + 1;
    return this.#shapes[operation - firstShape]?.positions.length ?? 0;
  }

  #numberOf(key: Key): number {
    const first = this.#firstOfId.get(key.id);
    if (first === undefined) {
      const number = this.#number(key);
      this.#firstOfId.set(key.id, number);
      return number;
    }
    const known = this.#keys[first - 1];
    if (known !== undefined && sameKey(known, key)) return first;
    const name = `${key.collection}\0${memberOf(key)}`;
    const number = this.#others.get(name) ?? this.#number(key);
    this.#others.set(name, number);
    return number;
  }

  /** Its parts are kept, which nobody can change, and not the caller's object. */
  #number({ collection, tenant, id }: Key): number {
    const collectionNumber = this.collection(this.#catalog.get(collection));
    return this.#keys.push({ collection, collectionNumber, tenant, id });
  }
}
