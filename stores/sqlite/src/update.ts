import type { Json, Key } from '@waybill/core';
import type { Cell } from '@waybill/sqlite';
import { encodeCell, nullCell } from './cell.ts';
import type { Column, DocumentTable } from './document-table.ts';
import { encodeColumn } from './encode-document.ts';

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
  #name = 'update';

  constructor(table: DocumentTable, { tenant, id }: Key, version: number) {
    this.#table = table;
    this.#set = [version];
    this.#where = [tenant, id];
  }

  setBody(body: Cell): void {
    this.#name += ' body';
    this.#assignments.push('body = ?');
    this.#set.push(body);
  }

  setColumn(column: Column, value: Json | undefined): void {
    this.#name += ` ${column.position}`;
    this.#assignments.push(column.assignment);
    this.#set.push(encodeColumn(column, value));
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
    return (
      Number(this.#table.statement(this.#name, () => this.#sql()).run(...this.#set, ...this.#where).changes) >
      0
    );
  }

  #sql(): string {
    const [set, where] = [this.#assignments.join(', '), this.#conditions.join(' AND ')];
    return `UPDATE ${this.#table.name} SET ${set} WHERE ${where}`;
  }
}
