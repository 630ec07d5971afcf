import { firstPosition } from './catalog.ts';
import { no, Reader, yes } from './reader.ts';

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
    const columns = reader.array() - 2;
    reader.int();
    this.version = reader.int();
    for (let i = 0; i < columns; i++) {
      this.#starts.push(reader.at);
      const type = raw[reader.at];
      if (type === yes || type === no) reader.at++;
      else {
        const size = reader.textLength();
        reader.at += size;
      }
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
