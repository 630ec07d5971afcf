import type { Expectation, Fields, Json, Key, Write } from '@waybill/core';
import type { Catalog, Declared } from './catalog.ts';
import { fitsColumn, packColumn } from './column.ts';
import { firstShape, kind } from './commit-kinds.ts';
import { toName, toText } from './json-text.ts';
import { memberOf } from './member.ts';
import { packWindow } from './pack-window.ts';
import type { Packer } from './packer.ts';
import { Puts } from './puts.ts';
import type { RequestNames } from './request-names.ts';
import type { Shape } from './shapes.ts';

interface OperationsContext {
  readonly catalog: Catalog;
  readonly prefix: string;
  readonly names: RequestNames;
  readonly packer: Packer;
  /** For large bodies, which are arguments of their own. */
  readonly bodies: Packer;
}

/** Writes expectations and writes, each: its kind or shape, its key, its values. */
export class Operations {
  /** What each of the current transaction was about. */
  subjects: (Key | undefined)[] = [];
  /** Fields that should get columns before the request is sent; it is then to be made again. */
  readonly wanted = new Map<string, Set<string>>();
  readonly puts: Puts;
  readonly #catalog: Catalog;
  readonly #prefix: string;
  readonly #names: RequestNames;
  readonly #packer: Packer;

  constructor({ catalog, prefix, names, packer, bodies }: OperationsContext) {
    this.#catalog = catalog;
    this.#prefix = prefix;
    this.#names = names;
    this.#packer = packer;
    this.puts = new Puts(packer, bodies);
  }

  expect(expectation: Expectation): void {
    const packer = this.#packer;
    switch (expectation.kind) {
      case 'absent':
        return this.plain(kind.absent, expectation.key);
      case 'version': {
        this.plain(kind.version, expectation.key);
        const { version } = expectation;
        return packer.int(Number.isSafeInteger(version) && version > 0 ? version : 0); // no document has 0
      }
      case 'fields':
        return this.#expectFields(expectation.key, expectation.fields);
      case 'range':
        return this.#expectRange(expectation);
    }
  }

  #expectFields(key: Key, fields: Fields): void {
    const names = Object.keys(fields);
    const declared = this.#catalog.get(key.collection);
    if (names.length === 0) return this.plain(kind.exists, key);
    const shape = declared.shapes.of(kind.fields, names);
    if (shape === undefined) return this.#expectSome(declared, key, fields);
    this.#shaped(declared, shape, key);
    this.fields(fields);
  }

  fields(fields: Fields): void {
    for (const value of Object.values(fields)) this.#packer.json(value ?? null);
  }

  /** Not all of the fields have columns. */
  #expectSome(declared: Declared, key: Key, fields: Fields): void {
    const names = Object.keys(fields);
    const inColumns = names.filter((name) => this.#hasColumn(declared, name));
    const shape = inColumns.length === 0 ? undefined : declared.shapes.of(kind.fields, inColumns);
    if (shape !== undefined) {
      this.#shaped(declared, shape, key);
      for (const name of inColumns) this.#packer.json(fields[name] ?? null);
    }
    const others = names.filter((name) => !inColumns.includes(name));
    this.plain(kind.named, key);
    this.#packer.int(others.length);
    for (const name of others) {
      this.#packer.text(toName(name));
      this.#packer.json(fields[name] ?? null);
    }
  }

  #expectRange({ query, seen }: Extract<Expectation, { kind: 'range' }>): void {
    const packer = this.#packer;
    const declared = this.#catalog.get(query.collection);
    const { index } = this.#catalog.serving(query);
    this.subjects.push(undefined);
    packer.int(kind.range);
    packer.int(this.#names.collection(declared));
    packWindow(packer, this.#prefix, index, query);
    packer.int(seen.length);
    for (const { tenant, id, version } of seen) {
      packer.text(memberOf({ tenant, id }));
      packer.int(version);
    }
  }

  write(write: Write): void {
    switch (write.kind) {
      case 'put': {
        const declared = this.#catalog.get(write.key.collection);
        const put = this.puts.of(declared, write.fields);
        this.plain(put.what, write.key);
        return this.puts.write(declared, put);
      }
      case 'patch':
        return this.#patch(write.key, write.fields);
      case 'delete':
        return this.plain(kind.delete, write.key);
    }
  }

  /** `undefined` for an operation whose fields have not all got columns, and for one without fields. */
  shapeOf(declared: Declared, operation: Expectation | Write): number | undefined {
    if (operation.kind !== 'fields' && operation.kind !== 'patch') return undefined;
    const names = Object.keys(operation.fields);
    const shape = names.length === 0 ? undefined : declared.shapes.of(kind[operation.kind], names);
    return shape === undefined ? undefined : firstShape + this.#names.shape(declared, shape);
  }

  #patch(key: Key, fields: Fields): void {
    const declared = this.#catalog.get(key.collection);
    const shape = declared.shapes.of(kind.patch, Object.keys(fields));
    if (shape === undefined || !this.#patchColumns(declared, shape, key, Object.values(fields)))
      this.#patchSome(declared, key, fields);
  }

  /** Answers no, and leaves nothing, if a value is too large for its column. */
  #patchColumns(declared: Declared, shape: Shape, key: Key, values: readonly (Json | undefined)[]): boolean {
    const packer = this.#packer;
    const { length, elements } = packer;
    this.#shaped(declared, shape, key);
    if (this.columns(declared, shape.names, values)) return true;
    packer.cut(length, elements);
    this.subjects.pop();
    return false;
  }

  /** Answers no if a value is too large for its column. */
  columns(declared: Declared, names: readonly string[], values: readonly (Json | undefined)[]): boolean {
    const packer = this.#packer;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === undefined) packer.boolean(false);
      else if (!packColumn(packer, declared, names[i] ?? '', value)) return false;
    }
    return true;
  }

  /** Not all of the fields are in columns: the others go to the overlay. */
  #patchSome(declared: Declared, key: Key, fields: Fields): void {
    const names: string[] = [];
    const values: (Json | undefined)[] = [];
    const overlay: (readonly [string, string | false])[] = [];
    for (const [name, value] of Object.entries(fields)) {
      const text = value === undefined ? false : toText(value);
      const fits = text === false || fitsColumn(declared, name, Buffer.byteLength(text));
      if (this.#hasColumn(declared, name) && fits) {
        names.push(name);
        values.push(value);
      } else overlay.push([name, text]);
    }
    const shape = names.length === 0 ? undefined : declared.shapes.of(kind.patch, names);
    if (shape !== undefined) this.#patchColumns(declared, shape, key, values);
    const packer = this.#packer;
    this.plain(kind.overlay, key);
    packer.int(overlay.length);
    const collection = this.#names.collection(declared);
    for (const [name, text] of overlay) {
      const position = declared.positions.get(name) ?? 0;
      this.#names.needs(collection, position);
      packer.int(position);
      packer.text(toName(name));
      if (text === false) packer.boolean(false);
      else packer.text(text);
    }
  }

  #hasColumn(declared: Declared, name: string): boolean {
    if (declared.positions.has(name)) return true;
    if (this.#catalog.mayGrow(declared)) {
      const wanted = this.wanted.get(declared.name) ?? new Set();
      this.wanted.set(declared.name, wanted.add(name));
    }
    return false;
  }

  /** One that has no values, or whose values follow. */
  plain(what: number, key: Key): void {
    this.subjects.push(key);
    const number = this.#names.key(key);
    this.#packer.int(what);
    this.#packer.int(number);
  }

  #shaped(declared: Declared, shape: Shape, key: Key): void {
    this.plain(firstShape + this.#names.shape(declared, shape), key);
  }
}
