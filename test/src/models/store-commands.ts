import assert from 'node:assert/strict';
import type { DocumentStore, Key, Page, Query } from '@waybill/core';
import type { AsyncCommand } from 'fast-check';
import type { ClientNumber, Clients } from './clients.ts';
import { writeKey, writeQuery } from './store-notation.ts';
import { comparePositions, type Position, type StoreOracle } from './store-oracle.ts';

/** What should be: the documents, and one page that is yet to be continued. */
export interface StoreModel {
  oracle: StoreOracle;
  open: { readonly query: Query; readonly after: string; readonly last: Position } | undefined;
}

type StoreClients = Clients<DocumentStore>;
export type StoreCommand = AsyncCommand<StoreModel, StoreClients>;

export class Get implements StoreCommand {
  readonly #by: ClientNumber;
  readonly #keys: readonly Key[];

  constructor(by: ClientNumber, keys: readonly Key[]) {
    this.#by = by;
    this.#keys = keys;
  }

  check(): boolean {
    return true;
  }

  async run({ oracle }: StoreModel, clients: StoreClients): Promise<void> {
    const got = await clients.client(this.#by).get(this.#keys);
    assert.deepEqual(
      got,
      this.#keys.map((key) => oracle.get(key)),
    );
  }

  toString(): string {
    return `client${this.#by}.get(${this.#keys.map(writeKey).join(', ')})`;
  }
}

/** Pages through all that a query gives. */
export class Find implements StoreCommand {
  readonly #by: ClientNumber;
  readonly #query: Query;

  constructor(by: ClientNumber, query: Query) {
    this.#by = by;
    this.#query = query;
  }

  check(): boolean {
    return true;
  }

  async run(model: StoreModel, clients: StoreClients): Promise<void> {
    const rows = model.oracle.matches(this.#query);
    let read = 0;
    let after: string | undefined;
    do {
      const page = await clients
        .client(this.#by)
        .find({ ...this.#query, ...(after !== undefined && { after }) });
      checkPage(page, rows.slice(read), this.#query, rows.length);
      read += page.documents.length;
      after = page.next;
      if (page.documents.length === 0) break;
    } while (after !== undefined);
    assert.equal(read, this.#query.limit === 0 ? 0 : rows.length, 'documents on all pages');
  }

  toString(): string {
    return `client${this.#by}.find(${writeQuery(this.#query)}) to the end`;
  }
}

const checkPage = (
  page: Page,
  rows: readonly { readonly stored: unknown }[],
  { limit, total }: Query,
  all: number,
): void => {
  assert.deepEqual(
    page.documents,
    rows.slice(0, limit).map(({ stored }) => stored),
    'the documents of the page',
  );
  if (limit > 0 && rows.length > limit) assert.ok(page.next !== undefined, 'there is more, but no next');
  if (rows.length < limit) assert.equal(page.next, undefined, 'there is room left on the page, but a next');
  assert.equal(page.total, total ? all : undefined, 'total');
};

/** Takes the first page only, and leaves the rest for later. */
export class FindFirst implements StoreCommand {
  readonly #by: ClientNumber;
  readonly #query: Query;

  constructor(by: ClientNumber, query: Query) {
    this.#by = by;
    this.#query = query;
  }

  check({ oracle }: StoreModel): boolean {
    return this.#query.limit > 0 && oracle.matches(this.#query).length > this.#query.limit;
  }

  async run(model: StoreModel, clients: StoreClients): Promise<void> {
    const page = await clients.client(this.#by).find(this.#query);
    const rows = model.oracle.matches(this.#query);
    checkPage(page, rows, this.#query, rows.length);
    const last = rows[this.#query.limit - 1];
    if (page.next !== undefined && last !== undefined)
      model.open = { query: this.#query, after: page.next, last };
  }

  toString(): string {
    return `client${this.#by}.find(${writeQuery(this.#query)})`;
  }
}

/** Goes on where `FindFirst` has stopped, whatever has happened since. */
export class FindNext implements StoreCommand {
  readonly #by: ClientNumber;

  constructor(by: ClientNumber) {
    this.#by = by;
  }

  check({ open }: StoreModel): boolean {
    return open !== undefined;
  }

  async run(model: StoreModel, clients: StoreClients): Promise<void> {
    if (model.open === undefined) return;
    const { query, after, last } = model.open;
    const page = await clients.client(this.#by).find({ ...query, after });
    const direction = query.order === 'desc' ? -1 : 1;
    const all = model.oracle.matches(query);
    const rest = all.filter((row) => comparePositions(row, last) * direction > 0);
    checkPage(page, rest, query, all.length);
    const lastRead = rest[query.limit - 1];
    model.open = page.next && lastRead ? { query, after: page.next, last: lastRead } : undefined;
  }

  toString(): string {
    return `client${this.#by}.find(the page after it)`;
  }
}

export class Reopen implements StoreCommand {
  readonly #by: ClientNumber;

  constructor(by: ClientNumber) {
    this.#by = by;
  }

  check(): boolean {
    return true;
  }

  async run(_: StoreModel, clients: StoreClients): Promise<void> {
    await clients.reopen(this.#by);
  }

  toString(): string {
    return `client${this.#by}.close() and open again`;
  }
}
