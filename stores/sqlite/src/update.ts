import type { Json, Key } from '@waybill/core';
import type { Cell } from '@waybill/sqlite';
import { encodeCell, nullCell } from './cell.ts';
import type { Column, DocumentTable } from './document-table.ts';
import { isLargeColumn } from './encode-document.ts';
import { bodySlot, elsewhere, isLarge, type LargeValue, slotOf } from './large-values.ts';

/**
 * One UPDATE: what it sets, and what must hold of the document for it to find one. Its name tells which columns
 * take part and how, so that statements are prepared once for each shape of patch.
 */
export class Update {
  readonly #table: DocumentTable;
  readonly #assignments: string[] = ['version = ?'];
  readonly #conditions: string[] = ['tenant = ?', 'id = ?'];
  readonly #set: Cell[];
  readonly #where: Cell[];
  readonly #large: LargeValue[] = [];
  #name = 'update';

  constructor(table: DocumentTable, { tenant, id }: Key, version: number) {
    this.#table = table;
    this.#set = [version];
    this.#where = [tenant, id];
  }

  /** `undefined`: no field is left in it. */
  setBody(json: string | undefined): void {
    this.#name += ' body';
    this.#assignments.push('body = ?');
    const isApart = json !== undefined && isLarge(json);
    this.#set.push(isApart ? elsewhere : (json ?? null));
    if (isApart) this.#large.push({ slot: bodySlot, text: json });
  }

  setColumn(column: Column, value: Json | undefined): void {
    this.#name += ` ${column.position}`;
    this.#assignments.push(column.assignment);
    const cell = encodeCell(value);
    const isApart = isLargeColumn(column, cell);
    this.#set.push(isApart ? elsewhere : cell);
    if (isApart) this.#large.push({ slot: slotOf(column.position), text: cell });
  }

  requireVersion(version: number): void {
    this.#name += ' version';
    this.#conditions.push('version = ?');
    this.#where.push(version);
  }

  requireColumn({ name, assignment, position }: Column, value: string | number | boolean | null): void {
    if (value === null) {
      this.#name += ` null${position}`;
      this.#conditions.push(`(${name} IS NULL OR ${name} = ?)`);
      this.#where.push(nullCell);
    } else {
      this.#name += ` =${position}`;
      this.#conditions.push(assignment);
      this.#where.push(encodeCell(value));
    }
  }

  /** Whether there was such a document. */
  run(): boolean {
    if (this.#large.length > 0) return this.#runLarge();
    const statement = this.#table.statement(this.#name, () => this.#sql());
    return Number(statement.run(...this.#set, ...this.#where).changes) > 0;
  }

  #runLarge(): boolean {
    this.#assignments.push('large = 1');
    const statement = this.#table.statement(`${this.#name} large`, () => `${this.#sql()} RETURNING doc`);
    const doc = statement.get(...this.#set, ...this.#where)?.[0];
    if (doc === undefined) return false;
    this.#table.largeValues.write(Number(doc), this.#large);
    return true;
  }

  #sql(): string {
    const [set, where] = [this.#assignments.join(', '), this.#conditions.join(' AND ')];
    return `UPDATE ${this.#table.name} SET ${set} WHERE ${where}`;
  }
}
