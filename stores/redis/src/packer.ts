import type { Json } from '@waybill/core';
import { toText } from './json-text.ts';

/** Writes MessagePack, as far as the scripts need it: https://github.com/msgpack/msgpack/blob/master/spec.md */
export class Packer {
  #buffer: Buffer;
  #length = 0;
  #elements = 0;
  /** Elements before the text that is open. */
  #before = 0;

  constructor(size = 4_096) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Begins anew in the same memory: what was viewed before is overwritten. */
  clear(): void {
    this.#length = 0;
    this.#elements = 0;
  }

  /** Takes back what was written since it had this length and so many elements. */
  cut(length: number, elements: number): void {
    this.#length = length;
    this.#elements = elements;
  }

  /** Bytes it has room for. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Values written so far, arrays and maps not counted. */
  get elements(): number {
    return this.#elements;
  }

  /** What was written from `start` on. Valid until the next write. */
  view(start = 0, end = this.#length): Buffer {
    return this.#buffer.subarray(start, end);
  }

  array(length: number): void {
    this.fill(this.#open(0xdd), length);
  }

  /** A map whose number of entries is told later by `fill`; answers where. */
  map(): number {
    return this.#open(0xdf);
  }

  /** A number below 2^32 that is told later; answers where. */
  reserve(): number {
    this.#elements++;
    return this.#open(0xce);
  }

  fill(reserved: number, value: number): void {
    this.#buffer.writeUInt32BE(value, reserved);
  }

  /** A whole number from 0 to 2^53 - 1. */
  int(value: number): void {
    this.#elements++;
    this.#need(9);
    const buffer = this.#buffer;
    if (value < 0x80) {
      buffer[this.#length++] = value;
    } else if (value < 0x1_0000) {
      buffer[this.#length++] = 0xcd;
      this.#length = buffer.writeUInt16BE(value, this.#length);
    } else if (value < 0x1_0000_0000) {
      buffer[this.#length++] = 0xce;
      this.#length = buffer.writeUInt32BE(value, this.#length);
    } else {
      buffer[this.#length++] = 0xcf;
      this.#length = buffer.writeUInt32BE(Math.floor(value / 0x1_0000_0000), this.#length);
      this.#length = buffer.writeUInt32BE(value % 0x1_0000_0000, this.#length);
    }
  }

  boolean(value: boolean): void {
    this.#elements++;
    this.#need(1);
    this.#buffer[this.#length++] = value ? 0xc3 : 0xc2;
  }

  /** Answers how many bytes it has. */
  text(value: string): number {
    this.#elements++;
    const { length } = value;
    this.#need((length > longText ? Buffer.byteLength(value) : length * mostPerUnit) + 5);
    const start = this.#length;
    this.#header(length);
    const bytes = this.#buffer.write(value, this.#length);
    if (bytes !== length) {
      this.#length = start;
      this.#header(bytes);
      this.#buffer.write(value, this.#length);
    }
    this.#length += bytes;
    return bytes;
  }

  /** The JSON text of a value, as `toText` makes it. Throws as that does. Answers how many bytes it has. */
  json(value: Json): number {
    if (isCount(value)) return this.#digits(value);
    return (typeof value === 'string' ? this.#quoted(value) : undefined) ?? this.text(toText(value));
  }

  /** What is written from here on is one text, until `closeText`; answers where. */
  openText(): number {
    this.#before = this.#elements;
    return this.#open(0xdb);
  }

  closeText(opened: number): void {
    this.fill(opened, this.#length - opened - 4);
    this.#elements = this.#before + 1;
  }

  /** Once more what was written there. */
  repeat(start: number, end: number): void {
    this.#need(end - start);
    this.#buffer.copyWithin(this.#length, start, end);
    this.#length += end - start;
  }

  bytes(value: Uint8Array): void {
    this.#elements++;
    this.#need(value.length + 5);
    this.#header(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** What was packed already, elsewhere or here. */
  append(packed: Uint8Array): void {
    this.#need(packed.length);
    this.#buffer.set(packed, this.#length);
    this.#length += packed.length;
  }

  /** Most texts are short, and JSON has them nearly as they are. Answers `undefined`, and leaves nothing, for any other. */
  #quoted(value: string): number | undefined {
    const { length } = value;
    if (length > longestQuoted) return undefined;
    this.#need(length * mostPerUnit + 4);
    const start = this.#length;
    this.#header(length + 2);
    const buffer = this.#buffer;
    const from = this.#length + 1;
    const end = from + buffer.write(value, from);
    let escapes = 0;
    for (let at = from; at < end; at++) {
      const byte = buffer[at] ?? 0;
      if (byte === quote || byte === backslash) escapes++;
      else if (byte < 0x20 || byte > 0x7e) {
        this.#length = start;
        return undefined;
      }
    }
    if (escapes > 0) {
      this.#length = start;
      this.#header(length + 2 + escapes);
      this.#escape(from, end, this.#length + 1, escapes);
    }
    buffer[this.#length] = quote;
    this.#length += length + 2 + escapes;
    buffer[this.#length - 1] = quote;
    this.#elements++;
    return length + 2 + escapes;
  }

  /** Moves so many bytes to where there is room for what JSON wants in front of some of them; from the end on, as both overlap. */
  #escape(from: number, end: number, target: number, escapes: number): void {
    const buffer = this.#buffer;
    let to = target + end - from + escapes;
    for (let at = end - 1; at >= from; at--) {
      const byte = buffer[at] ?? 0;
      buffer[--to] = byte;
      if (byte === quote || byte === backslash) buffer[--to] = backslash;
    }
  }

  /** In two halves, since dividing is quick only up to 2^31. */
  #digits(value: number): number {
    this.#elements++;
    this.#need(18);
    const start = this.#length++;
    if (value < billion) this.#decimal(value, 1);
    else {
      const high = Math.floor(value / billion);
      this.#decimal(high, 1);
      this.#decimal(value - high * billion, 9);
    }
    const digits = this.#length - start - 1;
    this.#buffer[start] = 0xa0 | digits;
    return digits;
  }

  #decimal(value: number, least: number): void {
    let digits = least;
    for (let power = 10 ** least; value >= power; power *= 10) digits++;
    const buffer = this.#buffer;
    let left = value;
    for (let at = this.#length + digits - 1; at >= this.#length; at--) {
      const next = (left / 10) | 0;
      buffer[at] = 0x30 + left - next * 10;
      left = next;
    }
    this.#length += digits;
  }

  #header(bytes: number): void {
    const buffer = this.#buffer;
    if (bytes < 32) {
      buffer[this.#length++] = 0xa0 | bytes;
    } else if (bytes < 0x100) {
      buffer[this.#length++] = 0xd9;
      buffer[this.#length++] = bytes;
    } else {
      buffer[this.#length++] = 0xdb;
      this.#length = buffer.writeUInt32BE(bytes, this.#length);
    }
  }

  #open(type: number): number {
    this.#need(5);
    this.#buffer[this.#length] = type;
    this.#length += 5;
    return this.#length - 4;
  }

  #need(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** Bytes of a UTF-16 unit in UTF-8, at the most. */
const mostPerUnit = 3;
/** From here on it is worth looking how much room a text needs. */
const longText = 1_000;
const longestQuoted = 200;
const [quote, backslash] = [0x22, 0x5c];
const billion = 1e9;

const isCount = (value: Json): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
