/** Writes MessagePack, as far as the scripts need it: https://github.com/msgpack/msgpack/blob/master/spec.md */
export class Packer {
  #buffer: Buffer;
  #length = 0;
  #elements = 0;

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

  /** Takes back what was written from `length` on. Does not count in `elements`. */
  cut(length: number): void {
    this.#length = length;
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

  text(value: string): void {
    this.#elements++;
    const { length } = value;
    if (length <= longestByHand && this.#shortAscii(value, length)) return;
    const bytes = Buffer.byteLength(value);
    this.#need(bytes + 5);
    this.#header(bytes);
    this.#length += this.#buffer.write(value, this.#length, 'utf8');
  }

  bytes(value: Uint8Array): void {
    this.#elements++;
    this.#need(value.length + 5);
    this.#header(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** What was packed elsewhere already. */
  append(packed: Uint8Array): void {
    this.#need(packed.length);
    this.#buffer.set(packed, this.#length);
    this.#length += packed.length;
  }

  /** Most texts here are short and ASCII, and a call into the engine's C++ costs more than writing them. */
  #shortAscii(value: string, length: number): boolean {
    this.#need(length + 2);
    const start = this.#length;
    this.#header(length);
    const buffer = this.#buffer;
    let at = this.#length;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) {
        this.#length = start;
        return false;
      }
      buffer[at++] = unit;
    }
    this.#length = at;
    return true;
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

const longestByHand = 48;
