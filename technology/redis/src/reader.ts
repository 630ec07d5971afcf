/** Reads MessagePack, as far as scripts write it: https://github.com/msgpack/msgpack/blob/master/spec.md */
export class Reader {
  at: number;
  readonly #buffer: Buffer;

  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer;
    this.at = at;
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
    if (type >= 0xe0) return type - 0x100;
    const size = 2 ** (type & 3); // 0xcc to 0xcf unsigned, 0xd0 to 0xd3 signed; with eight bytes none is negative
    const from = this.at;
    this.at += size;
    if (size < 8) return type < 0xd0 ? buffer.readUIntBE(from, size) : buffer.readIntBE(from, size);
    return buffer.readUInt32BE(from) * 0x1_0000_0000 + buffer.readUInt32BE(from + 4);
  }

  textLength(): number {
    const buffer = this.#buffer;
    const type = buffer[this.at++] ?? 0;
    if (type < 0xc0) return type & 0x1f;
    if (type === 0xd9) return buffer[this.at++] ?? 0;
    const size = 2 ** (type - 0xd9);
    const length = buffer.readUIntBE(this.at, size);
    this.at += size;
    return length;
  }

  text(): string {
    const length = this.textLength();
    const from = this.at;
    this.at += length;
    return this.#buffer.toString('utf8', from, this.at);
  }

  /** A text as its bytes, in the same memory; `null` for one of the two below. */
  bytes(): Buffer | null {
    const type = this.#buffer[this.at];
    if (type === yes || type === no) {
      this.at++;
      return null;
    }
    const length = this.textLength();
    const from = this.at;
    this.at += length;
    return this.#buffer.subarray(from, this.at);
  }

  /** A text, or one of the two below. */
  skip(): void {
    const type = this.#buffer[this.at];
    if (type === yes || type === no) this.at++;
    else {
      const size = this.textLength();
      this.at += size;
    }
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

/** Lua's `true` and `false`. */
export const yes = 0xc3;
export const no = 0xc2;
