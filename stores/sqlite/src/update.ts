import type { Json, Key } from '@waybill/core';
import type { Cell } from '@waybill/sqlite';
import { encodeCell, nullCell } from './cell.ts';
import type { Column, DocumentTable } from './document-table.ts';
import { isLargeColumn } from './encode-document.ts';
import { bodySlot, elsewhere, isLarge, type LargeValue, slotOf } from './large-values.ts';
import type { Recent } from './recent-documents.ts';
import type { Shape } from './shape.ts';

/** One UPDATE: what it sets, and what must hold of the document for it to find one. */
export class Update {
  readonly #table: DocumentTable;
  readonly #set: Cell[];
  readonly #where: Cell[];
  readonly #large: LargeValue[] = [];
  #shape: Shape;

  /** Of the document with this key; or only if it is still as it was lately. */
  constructor(table: DocumentTable, { tenant, id }: Key, version: number, recent?: Recent) {
    this.#table = table;
    this.#set = [version];
    this.#where = recent === undefined ? [tenant, id] : [recent.doc, recent.version];
    this.#shape = recent === undefined ? table.shapes.byKey : table.shapes.byRow;
  }

  /** `undefined`: no field is left in it. */
  setBody(json: string | undefined): void {
    this.#shape = this.#shape.with('body', 'body = ?');
    const isApart = json !== undefined && isLarge(json);
    this.#set.push(isApart ? elsewhere : (json ?? null));
    if (isApart) this.#large.push({ slot: bodySlot, text: json });
  }

  setColumn(column: Column, value: Json | undefined): void {
    this.#shape = this.#shape.with(column.position, column.assignment);
    const cell = encodeCell(value);
    const isApart = isLargeColumn(column, cell);
    this.#set.push(isApart ? elsewhere : cell);
    if (isApart) this.#large.push({ slot: slotOf(column.position), text: cell });
  }

  requireVersion(version: number): void {
    this.#shape = this.#shape.with('version', undefined, 'version = ?');
    this.#where.push(version);
  }

  requireColumn({ name, assignment }: Column, value: string | number | boolean | null): void {
    if (value === null) {
      this.#shape = this.#shape.with(`${name} null`, undefined, `(${name} IS NULL OR ${name} = ?)`);
      this.#where.push(nullCell);
    } else {
      this.#shape = this.#shape.with(name, undefined, assignment);
      this.#where.push(encodeCell(value));
    }
  }

  /** Whether there was such a document. */
  run(): boolean {
    if (this.#large.length > 0) return this.#runLarge();
    const shape = this.#shape;
    shape.statement ??= this.#table.prepareUpdate(shape);
    return Number(shape.statement.run(...this.#set, ...this.#where).changes) > 0;
  }

  #runLarge(): boolean {
    const shape = this.#shape.with('large', 'large = 1');
    shape.statement ??= this.#table.prepareUpdate(shape, ' RETURNING doc');
    const doc = shape.statement.get(...this.#set, ...this.#where)?.[0];
    if (doc === undefined) return false;
    this.#table.largeValues.write(Number(doc), this.#large);
    return true;
  }
}
