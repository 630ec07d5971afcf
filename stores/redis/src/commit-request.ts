import {
  checkTransaction,
  type Expectation,
  type Fields,
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

/** Bodies follow the two arguments that every commit has. */
const firstBody = 3;
/** A larger value is kept out of the head, so that patches of other fields do not rewrite it. */
const longestColumn = 256;
/** The same for all values together that have no column: up to here a key of their own costs more than to rewrite them. */
const longestInline = 512;

interface Body {
  readonly part: number;
  /** The number of the script's argument that has it; 0: none has. */
  readonly argument: number;
}

const noBody: Body = { part: 0, argument: 0 };

interface Shape {
  readonly number: number;
  readonly kind: number;
  readonly collection: number;
  readonly names: readonly string[];
  readonly positions: readonly number[];
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
  readonly #tail: Packer;
  readonly #bodyEnds: number[] = [];
  readonly #collections: Declared[] = [];
  /** The last position in a head that the request needs, by collection. */
  readonly #widths: number[] = [];
  readonly #keys: { readonly collection: number; readonly member: string }[] = [];
  readonly #keyNumbers = new Map<string, number>();
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
    this.#tail = pool.take();
  }

  /** It has been answered, and will not be sent again. */
  release(): void {
    this.#pool.giveBack(this.#packer);
    this.#pool.giveBack(this.#bodies);
    this.#pool.giveBack(this.#tail);
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
    return [Buffer.concat([...this.#head(), this.#packer.view()]), ...bodies];
  }

  #head(): readonly Buffer[] {
    const packer = new Packer(1_024);
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
    for (const { collection, member } of this.#keys) {
      packer.int(collection);
      packer.text(member);
    }
    packer.int(this.subjects.length);
    const array = new Packer(8);
    array.array(packer.elements + this.#packer.elements);
    return [array.view(), packer.view()];
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
    const inColumns = names.filter((name) => this.#hasColumn(declared, name));
    if (inColumns.length > 0 || names.length === 0) {
      this.#shaped(names.length === 0 ? kind.exists : kind.fields, key, inColumns);
      for (const name of inColumns) this.#packer.text(toText(fields[name] ?? null));
    }
    if (inColumns.length === names.length) return;
    const others = names.filter((name) => !inColumns.includes(name));
    this.#plain(kind.named, key);
    this.#packer.int(others.length);
    for (const name of others) {
      this.#packer.text(toName(name));
      this.#packer.text(toText(fields[name] ?? null));
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
    const columns: (string | boolean)[] = declared.columns.map(() => false);
    const loose: string[] = [];
    for (const name of Object.keys(fields)) {
      const value = fields[name];
      if (value === undefined) continue;
      const text = toText(value);
      const position = declared.positions.get(name);
      if (position !== undefined && fitsColumn(declared, name, text)) {
        columns[position - firstPosition] = text;
        continue;
      }
      if (position !== undefined) columns[position - firstPosition] = true;
      loose.push(toName(name), text);
    }
    const { lead } = declared;
    const tail = this.#tail;
    tail.clear();
    for (let i = lead; i < columns.length; i++) packColumn(tail, columns[i] ?? false);
    const body = loose.length === 0 ? noBody : this.#body(loose);
    const packer = this.#packer;
    this.#plain(kind.put, key);
    packer.int(body.part + columnPart * columns.length);
    packer.int(body.argument);
    for (let i = 0; i < lead; i++) packColumn(packer, columns[i] ?? false);
    packer.bytes(tail.view());
  }

  /** Writes names and texts behind the columns, or where there are many into an argument of their own. */
  #body(loose: readonly string[]): Body {
    const tail = this.#tail;
    const start = tail.length;
    tail.fill(tail.map(), loose.length / 2);
    for (const text of loose) tail.text(text);
    if (tail.length - start <= longestInline) return { part: inlinePart, argument: 0 };
    this.#bodies.append(tail.view(start));
    tail.cut(start);
    const argument = firstBody + this.#bodyEnds.length;
    this.#bodyEnds.push(this.#bodies.length);
    return { part: bodyPart, argument };
  }

  #patch(key: Key, fields: Fields): void {
    const declared = this.#catalog.get(key.collection);
    const inColumns: string[] = [];
    const texts: (string | false)[] = [];
    const overlay: { readonly name: string; readonly text: string | false }[] = [];
    for (const name of Object.keys(fields)) {
      const value = fields[name];
      const text = value === undefined ? false : toText(value);
      const fits = text === false || fitsColumn(declared, name, text);
      if (this.#hasColumn(declared, name) && fits) {
        inColumns.push(name);
        texts.push(text);
      } else overlay.push({ name, text });
    }
    const packer = this.#packer;
    if (inColumns.length > 0 || overlay.length === 0) {
      this.#shaped(kind.patch, key, inColumns);
      for (const text of texts) packColumn(packer, text);
    }
    if (overlay.length === 0) return;
    this.#plain(kind.overlay, key);
    packer.int(overlay.length);
    const collection = this.#collection(declared);
    for (const { name, text } of overlay) {
      const position = declared.positions.get(name) ?? 0;
      this.#needs(collection, position);
      packer.int(position);
      packer.text(toName(name));
      packColumn(packer, text);
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

  #shaped(what: number, key: Key, names: readonly string[]): void {
    if (what === kind.exists) return this.#plain(what, key);
    const declared = this.#catalog.get(key.collection);
    const shape = this.#shape(what, this.#collection(declared), declared, names);
    this.#plain(shape.number, key);
  }

  #shape(what: number, collection: number, declared: Declared, names: readonly string[]): Shape {
    const known = this.#shapes.find(
      (shape) =>
        shape.kind === what &&
        shape.collection === collection &&
        shape.names.length === names.length &&
        shape.names.every((name, i) => name === names[i]),
    );
    if (known !== undefined) return known;
    const positions = names.map((name) => declared.positions.get(name) ?? 0);
    for (const position of positions) this.#needs(collection, position);
    const shape: Shape = {
      number: firstShape + this.#shapes.length,
      kind: what,
      collection,
      names,
      positions,
    };
    this.#shapes.push(shape);
    return shape;
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
    const member = memberOf(key);
    const name = `${key.collection}\0${member}`;
    const known = this.#keyNumbers.get(name);
    if (known !== undefined) return known;
    const collection = this.#collection(this.#catalog.get(key.collection));
    const number = this.#keys.push({ collection, member });
    this.#keyNumbers.set(name, number);
    return number;
  }
}

const impliesExistence = (expectation: Expectation, key: Key): boolean =>
  (expectation.kind === 'version' || expectation.kind === 'fields') && sameKey(expectation.key, key);

const packColumn = (packer: Packer, column: string | boolean): void => {
  if (typeof column === 'string') packer.text(column);
  else packer.boolean(column);
};

/** An index needs its values in the head, whatever their size. */
const fitsColumn = ({ indexed }: Declared, name: string, text: string): boolean =>
  indexed.has(name) || text.length <= longestColumn;
