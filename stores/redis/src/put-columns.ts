import type { Json } from '@waybill/core';
import type { Declared } from './catalog.ts';
import { packColumn } from './column.ts';
import type { Packer } from './packer.ts';
import type { PutShape } from './shapes.ts';

type Values = readonly (Json | undefined)[];

/** By column of one document: what it has, and where that was written. */
interface Row {
  readonly values: unknown[];
  readonly starts: number[];
  readonly ends: number[];
}

const emptyRow = (): Row => ({ values: [], starts: [], ends: [] });

/** Nothing is the same as this. */
const unlike = {};

/**
 * Writes the columns of documents that are put. Most are as they were in the document before, such as states and topics:
 * they are copied from there.
 */
export class PutColumns {
  readonly #packer: Packer;
  /** Of the document before. */
  #shape: PutShape | undefined;
  #row = emptyRow();
  /** Of this document; later that of the next one. */
  #next = emptyRow();
  /** How many elements there were before the leading columns that were written last. */
  #leadAt = 0;

  constructor(packer: Packer) {
    this.#packer = packer;
  }

  /** Whether the columns that lead to the last one of an index are all as in the document before. */
  leadsAgain({ lead }: Declared, shape: PutShape, values: Values): boolean {
    for (let column = 0; column < lead; column++)
      if (!this.#isSame(shape, column, valueAt(shape, column, values))) return false;
    return lead > 0;
  }

  /**
   * The leading columns, each by itself, or if they are there `again` how many elements ago; then all columns as the
   * beginning of a text that is to be closed. Answers where. Fields that are too large for theirs are added to `loose`.
   */
  write(declared: Declared, shape: PutShape, values: Values, again: boolean, loose: number[]): number {
    const packer = this.#packer;
    const { lead } = declared;
    const { elements } = packer;
    if (again) {
      packer.int(elements - this.#leadAt);
      this.#keep(0, lead, 0);
    } else {
      this.#leadAt = elements;
      this.#section(declared, shape, values, loose, 0, lead);
      packer.cut(packer.length, elements + lead); // copied ones are elements, too
    }
    const opened = packer.openText();
    const next = this.#next;
    if (lead > 0) packer.repeat(next.starts[0] ?? 0, next.ends[lead - 1] ?? 0);
    this.#section(declared, shape, values, loose, lead, shape.places.length);
    this.#shape = shape;
    this.#next = this.#row;
    this.#row = next;
    return opened;
  }

  /** Columns from this one up to that one. */
  #section(
    declared: Declared,
    shape: PutShape,
    values: Values,
    loose: number[],
    from: number,
    to: number,
  ): void {
    const packer = this.#packer;
    const next = this.#next;
    let same = from;
    for (let column = from; column < to; column++) {
      const value = valueAt(shape, column, values);
      if (this.#isSame(shape, column, value)) continue;
      this.#copy(same, column);
      same = column + 1;
      next.values[column] = value;
      next.starts[column] = packer.length;
      const place = shape.places[column] ?? -1;
      if (value === undefined) packer.boolean(false);
      else if (!packColumn(packer, declared, shape.names[place] ?? '', value)) {
        packer.boolean(true);
        loose.push(place);
        next.values[column] = unlike;
      }
      next.ends[column] = packer.length;
    }
    this.#copy(same, to);
  }

  #isSame(shape: PutShape, column: number, value: Json | undefined): boolean {
    return this.#shape === shape && Object.is(value, this.#row.values[column]);
  }

  #copy(from: number, to: number): void {
    if (from === to) return;
    const packer = this.#packer;
    const start = this.#row.starts[from] ?? 0;
    const moved = packer.length - start;
    packer.repeat(start, this.#row.ends[to - 1] ?? 0);
    this.#keep(from, to, moved);
  }

  /** They are the same, so many bytes further on. */
  #keep(from: number, to: number, moved: number): void {
    const { values, starts, ends } = this.#row;
    const next = this.#next;
    for (let column = from; column < to; column++) {
      next.values[column] = values[column];
      next.starts[column] = (starts[column] ?? 0) + moved;
      next.ends[column] = (ends[column] ?? 0) + moved;
    }
  }
}

const valueAt = ({ places }: PutShape, column: number, values: Values): Json | undefined => {
  const place = places[column] ?? -1;
  return place === -1 ? undefined : values[place];
};
