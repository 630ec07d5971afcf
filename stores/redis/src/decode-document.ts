import { type Fields, type Json, setField } from '@waybill/core';
import { fromName } from './json-text.ts';

/** One document as the scripts answer it; see `documents.ts`. */
export interface RawDocument {
  readonly head: Buffer;
  readonly body: Buffer | undefined;
  /** Names and texts in turn. */
  readonly overlay: readonly Buffer[];
}

interface Decoded {
  readonly version: number;
  readonly fields: Fields;
}

const overlayPart = 2;
/** Whether a head alone says that there is an overlay to fetch: the first element is a small number. */
export const hasOverlay = (head: Buffer): boolean => (head[head[0] === 0xdc ? 3 : 1] ?? 0) >= overlayPart;

export const decodeDocument = ({ head, body, overlay }: RawDocument, columns: readonly string[]): Decoded => {
  const fields = body === undefined ? {} : parseMap(body);
  for (let i = 0; i + 1 < overlay.length; i += 2) {
    const [name, text] = [fromName(String(overlay[i])), String(overlay[i + 1])];
    if (text === '') delete fields[name];
    else setField(fields, name, JSON.parse(text) as Json); // what toText wrote
  }
  const reader = new Reader(head);
  const length = reader.array();
  reader.int();
  const version = reader.int();
  for (let i = 0; i < length - 2; i++) {
    const name = columns[i] ?? '';
    const value = reader.column();
    if (value === absent) delete fields[name];
    else if (value !== elsewhere) setField(fields, name, value);
  }
  return { version, fields };
};

const absent = Symbol('absent');
const elsewhere = Symbol('elsewhere');

/**
 * A map of names (`"n":`) and texts becomes one JSON text by overwriting what MessagePack puts between them: a header
 * in front of a name with a comma, one in front of a text with spaces. Then the engine parses it all at once.
 */
const parseMap = (map: Buffer): Record<string, Json> => {
  const json = Buffer.allocUnsafe(map.length + 1);
  map.copy(json);
  const reader = new Reader(map);
  let entries = reader.map();
  json.fill(space, 0, reader.at);
  const begin = reader.at - 1;
  for (let name = true; entries > 0; name = !name) {
    const header = reader.at;
    const length = reader.textLength();
    json.fill(space, header, reader.at);
    if (name) json[header] = comma;
    else entries--;
    reader.at += length;
  }
  if (json[begin + 1] === comma) json[begin + 1] = space;
  json[begin] = 0x7b;
  json[map.length] = 0x7d;
  return JSON.parse(json.toString('utf8', begin)) as Record<string, Json>; // what CommitRequest wrote
};

const space = 0x20;
const comma = 0x2c;

/** Reads MessagePack, as far as scripts and packer write it. */
class Reader {
  at = 0;
  readonly #buffer: Buffer;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  array(): number {
    return this.#length(0xdc);
  }

  map(): number {
    return this.#length(0xde);
  }

  int(): number {
    const buffer = this.#buffer;
    const type = buffer[this.at++] ?? 0;
    if (type < 0x80) return type;
    const size = 2 ** (type & 3); // 0xcc to 0xcf unsigned, 0xd0 to 0xd3 signed; none is negative
    const from = this.at;
    this.at += size;
    if (size < 8) return buffer.readUIntBE(from, size);
    return buffer.readUInt32BE(from) * 0x1_0000_0000 + buffer.readUInt32BE(from + 4);
  }

  textLength(): number {
    const buffer = this.#buffer;
    const type = buffer[this.at++] ?? 0;
    if (type < 0xc0) return type & 0x1f;
    const size = 2 ** (type - 0xd9);
    const length = buffer.readUIntBE(this.at, size);
    this.at += size;
    return length;
  }

  column(): Json | typeof absent | typeof elsewhere {
    const buffer = this.#buffer;
    const type = buffer[this.at];
    if (type === 0xc2 || type === 0xc3) {
      this.at++;
      return type === 0xc2 ? absent : elsewhere;
    }
    const length = this.textLength();
    const text = buffer.toString('utf8', this.at, this.at + length);
    this.at += length;
    return JSON.parse(text) as Json; // what toText wrote
  }

  /** Of an array or map: in the type, or in the two or four bytes behind it. */
  #length(two: number): number {
    const type = this.#buffer[this.at++] ?? 0;
    if (type < 0xc0) return type & 0x0f;
    const size = type === two ? 2 : 4;
    const length = this.#buffer.readUIntBE(this.at, size);
    this.at += size;
    return length;
  }
}
