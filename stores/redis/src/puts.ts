import type { Fields, Json } from '@waybill/core';
import type { Declared } from './catalog.ts';
import { kind } from './commit-kinds.ts';
import { toName } from './json-text.ts';
import type { Packer } from './packer.ts';
import { bodyPart, columnPart, inlinePart } from './parts.ts';
import { PutColumns } from './put-columns.ts';
import type { PutShape } from './shapes.ts';

/** Bodies follow the two arguments that every commit has. */
const firstBody = 3;
/** In bytes, for all values together that have no column: up to here a key of their own costs more than to rewrite them. */
const longestInline = 512;

/** A document that is put. */
export interface Put {
  /** `kind.put` or `kind.putAgain`: valid until the next document is written. */
  readonly what: number;
  readonly shape: PutShape;
  readonly values: readonly (Json | undefined)[];
}

interface Body {
  readonly part: number;
  /** The number of the script's argument that has it; 0: none has. */
  readonly argument: number;
}

const noBody: Body = { part: 0, argument: 0 };

/** Documents that are put: their columns and small bodies in one packer, large bodies in the other. */
export class Puts {
  readonly #packer: Packer;
  readonly #bodies: Packer;
  readonly #bodyEnds: number[] = [];
  readonly #columns: PutColumns;

  constructor(packer: Packer, bodies: Packer) {
    this.#packer = packer;
    this.#bodies = bodies;
    this.#columns = new PutColumns(packer);
  }

  of(declared: Declared, fields: Fields): Put {
    const shape = declared.shapes.ofPut(Object.keys(fields));
    const values = Object.values(fields);
    const again = this.#columns.leadsAgain(declared, shape, values);
    return { what: again ? kind.putAgain : kind.put, shape, values };
  }

  /**
   * The head is one text, from its first column on: so the script writes it as it is. The columns that lead to the last one
   * of an index stand in front of it as well, each by itself.
   */
  write(declared: Declared, { what, shape, values }: Put): void {
    const packer = this.#packer;
    const part = packer.reserve();
    const argument = packer.reserve();
    const loose = shape.others.filter((i) => values[i] !== undefined);
    const opened = this.#columns.write(declared, shape, values, what === kind.putAgain, loose);
    const body = loose.length === 0 ? noBody : this.#body(loose, shape.names, values);
    packer.closeText(opened);
    packer.fill(part, body.part + columnPart * shape.places.length);
    packer.fill(argument, body.argument);
  }

  /** The script's arguments behind the first two. */
  arguments(): readonly Buffer[] {
    return this.#bodyEnds.map((end, i) => this.#bodies.view(this.#bodyEnds[i - 1] ?? 0, end));
  }

  /** Writes names and texts behind the columns, or where there are many into an argument of their own. */
  #body(loose: readonly number[], names: readonly string[], values: readonly (Json | undefined)[]): Body {
    const packer = this.#packer;
    const { length, elements } = packer;
    packer.fill(packer.map(), loose.length);
    for (const i of loose) {
      packer.text(toName(names[i] ?? ''));
      packer.json(values[i] ?? null);
    }
    if (packer.length - length <= longestInline) return { part: inlinePart, argument: 0 };
    this.#bodies.append(packer.view(length));
    packer.cut(length, elements);
    const argument = firstBody + this.#bodyEnds.length;
    this.#bodyEnds.push(this.#bodies.length);
    return { part: bodyPart, argument };
  }
}
