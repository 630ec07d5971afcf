import type { Fields } from '@waybill/core';
import type { Column } from './document-table.ts';

/** Patches are a program's own, but fields may be named by anybody. */
const mostPaths = 10_000;

/** Finds the columns of the same few field lists again and again, name by name. */
export class FieldPaths {
  readonly #byField: ReadonlyMap<string, Column>;
  #root = new FieldPath([]);
  #count = 0;

  constructor(byField: ReadonlyMap<string, Column>) {
    this.#byField = byField;
  }

  /** In the order of the fields. `undefined`: not every field has a column. */
  columnsOf(fields: Fields): readonly Column[] | undefined {
    let path = this.#root;
    for (const name of Object.keys(fields)) path = path.known(name) ?? this.#learn(path, name);
    return path.columns;
  }

  #learn(path: FieldPath, name: string): FieldPath {
    const column = this.#byField.get(name);
    const next = new FieldPath(column && path.columns && [...path.columns, column]);
    if (++this.#count > mostPaths) {
      this.#count = 0;
      this.#root = new FieldPath([]);
    }
    path.add(name, next);
    return next;
  }
}

class FieldPath {
  readonly columns: readonly Column[] | undefined;
  readonly #next = new Map<string, FieldPath>();
  /** Most names are followed by one and the same. */
  #lastName: string | undefined;
  #last: FieldPath | undefined;

  constructor(columns: readonly Column[] | undefined) {
    this.columns = columns;
  }

  known(name: string): FieldPath | undefined {
    if (name === this.#lastName) return this.#last;
    const next = this.#next.get(name);
    if (next === undefined) return undefined;
    this.#lastName = name;
    this.#last = next;
    return next;
  }

  add(name: string, next: FieldPath): void {
    this.#next.set(name, next);
  }
}
