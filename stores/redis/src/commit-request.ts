import { checkTransaction, type Expectation, type Key, sameKey, type Transaction } from '@waybill/core';
import type { Catalog } from './catalog.ts';
import { kind } from './commit-kinds.ts';
import { Operations } from './operations.ts';
import { Packer } from './packer.ts';
import type { PackerPool } from './packer-pool.ts';
import { RequestNames } from './request-names.ts';

/**
 * A batch of transactions as `store.commit` takes it. What recurs is written once: version of the catalog, collections,
 * shapes, kinds of transactions, keys; then the transactions. One that has a kind: its number, that of the key, values.
 * Any other: 0, its length, the number of its expectations, these, the number of its writes, whether they need a version,
 * these, the number of its reads, these.
 */
export class CommitRequest {
  /** By transaction, what each operation was about. */
  readonly subjects: (readonly (Key | undefined)[])[] = [];
  /** By transaction, what it reads back. */
  readonly reads: (readonly Key[] | undefined)[] = [];
  readonly #catalog: Catalog;
  /** Of the catalog when the request was begun: should it change meanwhile, the server refuses. */
  readonly #version: string;
  readonly #pool: PackerPool;
  readonly #packer: Packer;
  readonly #bodies: Packer;
  readonly #names: RequestNames;
  readonly #operations: Operations;

  constructor(catalog: Catalog, prefix: string, pool: PackerPool) {
    this.#catalog = catalog;
    this.#version = catalog.version;
    this.#pool = pool;
    const names = new RequestNames(catalog);
    const [packer, bodies] = [pool.take(), pool.take()];
    this.#names = names;
    this.#packer = packer;
    this.#bodies = bodies;
    this.#operations = new Operations({ catalog, prefix, names, packer, bodies });
  }

  /** Fields that should get columns before the request is sent; it is then to be made again. */
  get wanted(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#operations.wanted;
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
    if (!this.#addAlike(transaction)) this.#addAny(transaction);
    this.subjects.push(this.#operations.subjects);
    this.reads.push(transaction.reads);
  }

  /**
   * Most are about one document, and of a few kinds. What those of a kind have in common is written once, and of each only
   * its kind, its key and its values. Answers no, and leaves nothing, for any other.
   */
  #addAlike({ expect, writes, reads = [] }: Transaction): boolean {
    const [expectation, write] = [expect[0], writes[0]];
    if (expectation === undefined || write === undefined) return false;
    if (expect.length > 1 || writes.length > 1 || reads.length > 1) return false;
    if (expectation.kind !== 'absent' && expectation.kind !== 'fields') return false;
    if (!sameKey(expectation.key, write.key)) return false;
    if (expectation.kind === 'absent' && write.kind === 'patch') return false;
    const { key } = write;
    const declared = this.#catalog.get(key.collection);
    const packer = this.#packer;
    const operations = this.#operations;
    const put = write.kind === 'put' ? operations.puts.of(declared, write.fields) : undefined;
    const expected = expectation.kind === 'absent' ? kind.absent : operations.shapeOf(declared, expectation);
    const written = put?.what ?? operations.shapeOf(declared, write);
    if (expected === undefined || written === undefined) return false;
    const { length, elements } = packer;
    packer.int(this.#names.transaction(declared, expected, written, reads.length));
    packer.int(this.#names.key(key));
    if (expectation.kind === 'fields') operations.fields(expectation.fields);
    if (put !== undefined) operations.puts.write(declared, put);
    else if (
      write.kind === 'patch' &&
      !operations.columns(declared, Object.keys(write.fields), Object.values(write.fields))
    ) {
      packer.cut(length, elements);
      return false;
    }
    operations.subjects = [key];
    return true;
  }

  #addAny({ expect, writes, reads = [] }: Transaction): void {
    const packer = this.#packer;
    const operations = this.#operations;
    operations.subjects = [];
    packer.int(0);
    const before = packer.elements;
    const length = packer.reserve();
    const expected = packer.reserve();
    for (const expectation of expect) operations.expect(expectation);
    for (const { kind: what, key } of writes)
      if (what === 'patch' && !expect.some((one) => impliesExistence(one, key)))
        operations.plain(kind.exists, key);
    const expectations = operations.subjects.length;
    packer.fill(expected, expectations);
    const written = packer.reserve();
    packer.int(writes.some(({ kind: what }) => what !== 'delete') ? 1 : 0);
    for (const write of writes) operations.write(write);
    packer.fill(written, operations.subjects.length - expectations);
    packer.int(reads.length);
    for (const key of reads) packer.int(this.#names.key(key));
    packer.fill(length, packer.elements - before);
  }

  /** The arguments of the script, behind those that every script has. */
  arguments(): readonly Buffer[] {
    const head = this.#pool.take();
    head.text(this.#version);
    this.#names.pack(head);
    head.int(this.subjects.length);
    const array = new Packer(8);
    array.array(head.elements + this.#packer.elements);
    const first = Buffer.concat([array.view(), head.view(), this.#packer.view()]);
    this.#pool.giveBack(head);
    return [first, ...this.#operations.puts.arguments()];
  }
}

const impliesExistence = (expectation: Expectation, key: Key): boolean =>
  (expectation.kind === 'version' || expectation.kind === 'fields') && sameKey(expectation.key, key);
