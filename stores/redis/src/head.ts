import { firstPosition } from './catalog.ts';
import { columnPart } from './parts.ts';
import { no, Reader, yes } from '@waybill/redis';

/** A column: its text, `false` where the field is absent, `true` where overlay and body have the say. */
export type Column = string | boolean;

/** The head of a document as it lies in Redis, read where it is asked. */
export class Head {
  readonly #raw: Buffer;
  readonly version: number;
  /** Where each column begins, and the last one ends. */
  readonly #starts: number[] = [];

  constructor(raw: Buffer) {
    this.#raw = raw;
    const reader = new Reader(raw);
    reader.array();
    const columns = Math.floor(reader.int() / columnPart);
    this.version = reader.int();
    for (let i = 0; i < columns; i++) {
      this.#starts.push(reader.at);
      reader.skip();
    }
    this.#starts.push(reader.at);
  }

  column(position: number): Column {
    const start = this.#starts[position - firstPosition];
    const end = this.#starts[position - firstPosition + 1];
    if (start === undefined || end === undefined || this.#raw[start] === yes) return true;
    if (this.#raw[start] === no) return false;
    const reader = new Reader(this.#raw, start);
    reader.textLength();
    return this.#raw.toString('utf8', reader.at, end);
  }
}
