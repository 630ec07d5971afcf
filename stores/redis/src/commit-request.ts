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
import type { Catalog, Declared } from './catalog.ts';
import { firstShape, kind } from './commit-kinds.ts';
import { toName, toText } from './json-text.ts';
import { memberOf } from './member.ts';
import { packWindow } from './pack-window.ts';
import { Packer } from './packer.ts';
import { bodyPart, columnPart, inlinePart } from './parts.ts';
import type { PackerPool } from './packer-pool.ts';
import { RequestNames } from './request-names.ts';
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
  readonly #names: RequestNames;
  #subjects: (Key | undefined)[] = [];

  constructor(catalog: Catalog, prefix: string, pool: PackerPool) {
    this.#catalog = catalog;
    this.#version = catalog.version;
    this.#prefix = prefix;
    this.#pool = pool;
    this.#names = new RequestNames(catalog);
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
    for (const key of reads ?? []) packer.int(this.#names.key(key));
    packer.fill(length, packer.elements - before);
    this.subjects.push(this.#subjects);
    this.reads.push(reads);
  }

  /** The arguments of the script, behind those that every script has. */
  arguments(): readonly Buffer[] {
    const bodies = this.#bodyEnds.map((end, i) => this.#bodies.view(this.#bodyEnds[i - 1] ?? 0, end));
    const head = this.#pool.take();
    head.text(this.#version);
    this.#names.pack(head);
    head.int(this.subjects.length);
    const array = new Packer(8);
    array.array(head.elements + this.#packer.elements);
    const first = Buffer.concat([array.view(), head.view(), this.#packer.view()]);
    this.#pool.giveBack(head);
    return [first, ...bodies];
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
    packer.int(this.#names.collection(declared));
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

  /**
   * The head is one text, from its first column on: so the script writes it as it is. The columns that lead to the last one
   * of an index stand in front of it as well, each by itself.
   */
  #put(key: Key, fields: Fields): void {
    const declared = this.#catalog.get(key.collection);
    const { names, places, others } = declared.shapes.ofPut(Object.keys(fields));
    const values = Object.values(fields);
    const packer = this.#packer;
    this.#plain(kind.put, key);
    const part = packer.reserve();
    const argument = packer.reserve();
    const loose = others.filter((i) => values[i] !== undefined);
    const first = packer.length;
    let opened = 0;
    let before = 0;
    for (let column = 0; column <= places.length; column++) {
      if (column === declared.lead) {
        const leading = packer.length;
        before = packer.elements;
        opened = packer.openText();
        packer.append(packer.view(first, leading));
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

  #plain(what: number, key: Key): void {
    this.#subjects.push(key);
    const number = this.#names.key(key);
    this.#packer.int(what);
    this.#packer.int(number);
  }

  #shaped(declared: Declared, shape: Shape, key: Key): void {
    this.#plain(firstShape + this.#names.shape(declared, shape), key);
  }
}

const impliesExistence = (expectation: Expectation, key: Key): boolean =>
  (expectation.kind === 'version' || expectation.kind === 'fields') && sameKey(expectation.key, key);

/** An index needs its values in the head, whatever their size. */
const fitsColumn = ({ indexed }: Declared, name: string, bytes: number): boolean =>
  bytes <= longestColumn || indexed.has(name);
