import {
  checkTransaction,
  type Expectation,
  type Fields,
  type Json,
  type Key,
  sameKey,
  type Transaction,
  type Write,
} from '@waybill/core';
import { type Catalog, type Declared, firstPosition } from './catalog.ts';
import { firstShape, kind } from './commit-kinds.ts';
import { toName, toText } from './json-text.ts';
import { memberOf } from './member.ts';
import { packWindow } from './pack-window.ts';
import { Packer } from './packer.ts';
import { bodyPart, columnPart, inlinePart } from './parts.ts';
import type { PackerPool } from './packer-pool.ts';
import type { Shape } from './shapes.ts';

/** Bodies follow the two arguments that every commit has. */
const firstBody = 3;
/** In bytes. A larger value is kept out of the head, so that patches of other fields do not rewrite it. */
const longestColumn = 256;
/** The same for all values together that have no column: up to here a key of their own costs more than to rewrite them. */
const longestInline = 512;

interface Body {
  readonly part: number;
  /** The number of the script's argument that has it; 0: none has. */
  readonly argument: number;
}

const noBody: Body = { part: 0, argument: 0 };

interface NumberedKey extends Key {
  readonly collectionNumber: number;
}

/**
 * A batch of transactions as `store.commit` takes it. Names, shapes and keys that recur are written once: version of
 * the catalog, collections, shapes, keys, transactions. Each transaction: its length, the number of its expectations,
 * these, the number of its writes, whether they need a version, these, the number of its reads, these.
 */
export class CommitRequest {
  /** By transaction, what each operation was about. */
  readonly subjects: (readonly (Key | undefined)[])[] = [];
  /** By transaction, what it reads back. */
  readonly reads: (readonly Key[] | undefined)[] = [];
  /** Fields that should get columns before the request is sent; it is then to be made again. */
  readonly wanted = new Map<string, Set<string>>();
  readonly #catalog: Catalog;
  /** Of the catalog when the request was begun: should it change meanwhile, the server refuses. */
  readonly #version: string;
  readonly #prefix: string;
  readonly #pool: PackerPool;
  readonly #packer: Packer;
  readonly #bodies: Packer;
  readonly #bodyEnds: number[] = [];
  readonly #collections: Declared[] = [];
  /** The last position in a head that the request needs, by collection. */
  readonly #widths: number[] = [];
  readonly #keys: NumberedKey[] = [];
  /** By id: the number of the first key that has it. Few others have the same. */
  readonly #firstOfId = new Map<string, number>();
  /** By collection and member: the numbers of the others. */
  readonly #others = new Map<string, number>();
  readonly #shapes: Shape[] = [];
  #subjects: (Key | undefined)[] = [];
  /** Most operations are about the same key as the one before. */
  #lastKey: Key | undefined;
  #lastNumber = 0;

  constructor(catalog: Catalog, prefix: string, pool: PackerPool) {
    this.#catalog = catalog;
    this.#version = catalog.version;
    this.#prefix = prefix;
    this.#pool = pool;
    this.#packer = pool.take();
    this.#bodies = pool.take();
  }

  /** It has been answered, and will not be sent again. */
  release(): void {
    this.#pool.giveBack(this.#packer);
    this.#pool.giveBack(this.#bodies);
  }

  /** Bytes so far, about. */
  get size(): number {
    return this.#packer.length + this.#bodies.length;
  }

  /** Throws a `PayloadError`; the request is then of no use any more. */
  add(transaction: Transaction): void {
    checkTransaction(transaction);
    const { expect, writes, reads } = transaction;
    const packer = this.#packer;
    const before = packer.elements;
    this.#subjects = [];
    const length = packer.reserve();
    const expected = packer.reserve();
    for (const expectation of expect) this.#expect(expectation);
    for (const { kind: what, key } of writes)
      if (what === 'patch' && !expect.some((one) => impliesExistence(one, key)))
        this.#plain(kind.exists, key);
    packer.fill(expected, this.#subjects.length);
    const written = packer.reserve();
    packer.int(writes.some(({ kind: what }) => what !== 'delete') ? 1 : 0);
    const operations = this.#subjects.length;
    for (const write of writes) this.#write(write);
    packer.fill(written, this.#subjects.length - operations);
    packer.int(reads?.length ?? 0);
    for (const key of reads ?? []) packer.int(this.#key(key));
    packer.fill(length, packer.elements - before);
    this.subjects.push(this.#subjects);
    this.reads.push(reads);
  }

  /** The arguments of the script, behind those that every script has. */
  arguments(): readonly Buffer[] {
    const bodies = this.#bodyEnds.map((end, i) => this.#bodies.view(this.#bodyEnds[i - 1] ?? 0, end));
    const head = this.#pool.take();
    this.#packHead(head);
    const array = new Packer(8);
    array.array(head.elements + this.#packer.elements);
    const first = Buffer.concat([array.view(), head.view(), this.#packer.view()]);
    this.#pool.giveBack(head);
    return [first, ...bodies];
  }

  #packHead(packer: Packer): void {
    packer.text(this.#version);
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
    packer.int(this.#keys.length);
    for (const key of this.#keys) {
      packer.int(key.collectionNumber);
      packer.text(memberOf(key));
    }
    packer.int(this.subjects.length);
  }

  #expect(expectation: Expectation): void {
    const packer = this.#packer;
    switch (expectation.kind) {
      case 'absent':
        return this.#plain(kind.absent, expectation.key);
      case 'version': {
        this.#plain(kind.version, expectation.key);
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
    if (names.length === 0) return this.#plain(kind.exists, key);
    const shape = declared.shapes.of(kind.fields, names);
    if (shape === undefined) return this.#expectSome(declared, key, fields);
    this.#shaped(declared, shape, key);
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
    this.#plain(kind.named, key);
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
    this.#subjects.push(undefined);
    packer.int(kind.range);
    packer.int(this.#collection(declared));
    packWindow(packer, this.#prefix, index, query);
    packer.int(seen.length);
    for (const { tenant, id, version } of seen) {
      packer.text(memberOf({ tenant, id }));
      packer.int(version);
    }
  }

  #write(write: Write): void {
    switch (write.kind) {
      case 'put':
        return this.#put(write.key, write.fields);
      case 'patch':
        return this.#patch(write.key, write.fields);
      case 'delete':
        return this.#plain(kind.delete, write.key);
    }
  }

  #put(key: Key, fields: Fields): void {
    const declared = this.#catalog.get(key.collection);
    const { names, places, others } = declared.shapes.ofPut(Object.keys(fields));
    const values = Object.values(fields);
    const packer = this.#packer;
    this.#plain(kind.put, key);
    const part = packer.reserve();
    const argument = packer.reserve();
    const loose = others.filter((i) => values[i] !== undefined);
    let opened = 0;
    let before = 0;
    for (let column = 0; column <= places.length; column++) {
      if (column === declared.lead) {
        before = packer.elements;
        opened = packer.openText();
      }
      const place = places[column];
      if (place === undefined) continue;
      const value = values[place];
      if (value === undefined) packer.boolean(false);
      else if (!this.#column(declared, names[place] ?? '', value)) {
        packer.boolean(true);
        loose.push(place);
      }
    }
    const body = loose.length === 0 ? noBody : this.#body(loose, names, values);
    packer.closeText(opened, before);
    packer.fill(part, body.part + columnPart * places.length);
    packer.fill(argument, body.argument);
  }

  /** Answers no, and leaves nothing, for a value that is too large for a column. */
  #column(declared: Declared, name: string, value: Json): boolean {
    const packer = this.#packer;
    const { length, elements } = packer;
    if (fitsColumn(declared, name, packer.json(value))) return true;
    packer.cut(length, elements);
    return false;
  }

  /** Writes names and texts behind the columns, or where there are many into an argument of their own. */
  #body(loose: readonly number[], names: readonly string[], values: readonly (Json | undefined)[]): Body {
    const packer = this.#packer;
    const { length, elements } = packer;
    packer.fill(packer.map(), loose.length);
    for (const i of loose) {
      packer.text(toName(names[i] ?? ''));
      packer.json(values[i] ?? null);
    }
    if (packer.length - length <= longestInline) return { part: inlinePart, argument: 0 };
    this.#bodies.append(packer.view(length));
    packer.cut(length, elements);
    const argument = firstBody + this.#bodyEnds.length;
    this.#bodyEnds.push(this.#bodies.length);
    return { part: bodyPart, argument };
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
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value === undefined) packer.boolean(false);
      else if (!this.#column(declared, shape.names[i] ?? '', value)) {
        packer.cut(length, elements);
        this.#subjects.pop();
        return false;
      }
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
    this.#plain(kind.overlay, key);
    packer.int(overlay.length);
    const collection = this.#collection(declared);
    for (const [name, text] of overlay) {
      const position = declared.positions.get(name) ?? 0;
      this.#needs(collection, position);
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

  #plain(what: number, key: Key): void {
    this.#subjects.push(key);
    const number = this.#key(key);
    this.#packer.int(what);
    this.#packer.int(number);
  }

  #shaped(declared: Declared, shape: Shape, key: Key): void {
    const known = this.#shapes.indexOf(shape);
    this.#plain(firstShape + (known === -1 ? this.#newShape(declared, shape) : known), key);
  }

  #newShape(declared: Declared, shape: Shape): number {
    const collection = this.#collection(declared);
    for (const position of shape.positions) this.#needs(collection, position);
    return this.#shapes.push(shape) - 1;
  }

  /** Numbered from 1, as Lua does. */
  #collection(declared: Declared): number {
    const known = this.#collections.indexOf(declared);
    if (known !== -1) return known + 1;
    this.#widths.push(firstPosition - 1 + declared.lead);
    return this.#collections.push(declared);
  }

  #needs(collection: number, position: number): void {
    this.#widths[collection - 1] = Math.max(this.#widths[collection - 1] ?? 0, position);
  }

  #key(key: Key): number {
    if (key !== this.#lastKey) {
      this.#lastNumber = this.#numberOf(key);
      this.#lastKey = key;
    }
    return this.#lastNumber;
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
    const collectionNumber = this.#collection(this.#catalog.get(collection));
    return this.#keys.push({ collection, collectionNumber, tenant, id });
  }
}

const impliesExistence = (expectation: Expectation, key: Key): boolean =>
  (expectation.kind === 'version' || expectation.kind === 'fields') && sameKey(expectation.key, key);

/** An index needs its values in the head, whatever their size. */
const fitsColumn = ({ indexed }: Declared, name: string, bytes: number): boolean =>
  bytes <= longestColumn || indexed.has(name);
