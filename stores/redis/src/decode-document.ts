import type { Fields } from '@waybill/core';
import { columnPart, inlinePart, overlayPart } from './parts.ts';
import { no, Reader, yes } from '@waybill/redis';

/** One document as the scripts answer it; see `documents.ts`. */
export interface RawDocument {
  readonly head: Buffer;
  readonly body: Buffer | undefined;
  /** Names and texts in turn. */
  readonly overlay: readonly Buffer[];
}

/** Of a collection, as far as its documents need it: names of columns, and the same as JSON texts with a colon. */
export interface Columns {
  readonly columns: readonly string[];
  readonly columnNames: readonly Buffer[];
}

interface Decoded {
  readonly version: number;
  readonly fields: Fields;
}

/** Whether a head alone says that there is an overlay to fetch. */
export const hasOverlay = (head: Buffer): boolean => {
  const reader = new Reader(head);
  reader.array();
  return (reader.int() & overlayPart) !== 0;
};

/**
 * Names and texts are parts of a JSON text already, so that the engine parses a document all at once. Where a name stands
 * twice the last one counts: the head decides before the overlay, and that before the body.
 */
export const decodeDocument = (
  { head, body, overlay }: RawDocument,
  { columns, columnNames }: Columns,
): Decoded => {
  const json = new JsonObject(sizeOf({ head, body, overlay }, columnNames));
  const absent: string[] = [];
  const reader = new Reader(head);
  reader.array();
  const parts = reader.int();
  const version = reader.int();
  const length = Math.floor(parts / columnPart);
  const start = reader.at;
  if (body !== undefined) addBody(json, new Reader(body), body);
  else if ((parts & inlinePart) !== 0) {
    for (let i = 0; i < length; i++) reader.skip();
    addBody(json, reader, head);
    reader.at = start;
  }
  for (let i = 0; i + 1 < overlay.length; i += 2) {
    const [name, text] = [overlay[i], overlay[i + 1]];
    if (name === undefined || text === undefined) continue;
    if (text.length === 0) absent.push(nameOf(name));
    else json.add(name, text, 0, text.length);
  }
  const mayDiffer = parts % columnPart > 0;
  for (let i = 0; i < length; i++) {
    const type = head[reader.at];
    if (type === yes || type === no) {
      reader.at++;
      if (type === no && mayDiffer) absent.push(columns[i] ?? '');
      continue;
    }
    const size = reader.textLength();
    const name = columnNames[i];
    if (name !== undefined) json.add(name, head, reader.at, size);
    reader.at += size;
  }
  const fields = json.parse();
  for (const name of absent) if (Object.hasOwn(fields, name)) delete fields[name];
  return { version, fields };
};

/** At most: headers take no less room than what replaces them. */
const sizeOf = ({ head, body, overlay }: RawDocument, names: readonly Buffer[]): number => {
  let size = head.length + (body?.length ?? 0) + 2;
  for (const part of overlay) size += part.length + 1;
  for (const name of names) size += name.length + 1;
  return size;
};

const addBody = (json: JsonObject, reader: Reader, body: Buffer): void => {
  for (let entries = reader.map(); entries > 0; entries--) {
    const nameLength = reader.textLength();
    const name = reader.at;
    reader.at += nameLength;
    const length = reader.textLength();
    json.addNamed(body, name, nameLength, reader.at, length);
    reader.at += length;
  }
};

const nameOf = (text: Buffer): string => JSON.parse(text.toString('utf8', 0, text.length - 1)) as string; // what toName wrote

const comma = 0x2c;

/** Gathers the text of one object. */
class JsonObject {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  add(name: Buffer, text: Buffer, start: number, length: number): void {
    this.#buffer[this.#at++] = comma;
    this.#copy(name, 0, name.length);
    this.#copy(text, start, length);
  }

  addNamed(source: Buffer, name: number, nameLength: number, start: number, length: number): void {
    this.#buffer[this.#at++] = comma;
    this.#copy(source, name, nameLength);
    this.#copy(source, start, length);
  }

  parse(): Record<string, Fields[string]> {
    const buffer = this.#buffer;
    if (this.#at === 0) return {};
    buffer[0] = 0x7b;
    buffer[this.#at++] = 0x7d;
    return JSON.parse(buffer.toString('utf8', 0, this.#at)) as Record<string, Fields[string]>; // what toText wrote
  }

  /** Most of it is short, and a call into the engine's C++ costs more than copying it here. */
  #copy(source: Buffer, start: number, length: number): void {
    if (length > longestByHand) {
      source.copy(this.#buffer, this.#at, start, start + length);
      this.#at += length;
      return;
    }
    const buffer = this.#buffer;
    let at = this.#at;
    for (let i = start; i < start + length; i++) buffer[at++] = source[i] ?? 0;
    this.#at = at;
  }
}

const longestByHand = 48;
