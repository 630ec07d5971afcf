import type { Declared } from './catalog.ts';

/** Fields that operations are about, in one order, each of which has a column. */
export interface Shape {
  readonly kind: number;
  readonly declared: Declared;
  readonly names: readonly string[];
  /** In the head of a document. */
  readonly positions: readonly number[];
}

/** The same of whole documents. */
export interface PutShape {
  readonly names: readonly string[];
  /** For each column which of the fields it has, or -1. */
  readonly places: readonly number[];
  /** Which of the fields have none. */
  readonly others: readonly number[];
}

/** Names come from code rather than from data; should they come from data, memory stays bounded. */
const mostKept = 64;

/** Code names the same fields again and again: what follows from their names is worked out once for each collection. */
export class Shapes {
  readonly #shapes: Shape[] = [];
  readonly #puts: PutShape[] = [];

  /** `undefined`: one of the fields has no column. */
  of(kind: number, declared: Declared, names: readonly string[]): Shape | undefined {
    for (const shape of this.#shapes) if (shape.kind === kind && equal(shape.names, names)) return shape;
    const positions: number[] = [];
    for (const name of names) {
      const position = declared.positions.get(name);
      if (position === undefined) return undefined;
      positions.push(position);
    }
    const shape: Shape = { kind, declared, names, positions };
    if (this.#shapes.length < mostKept) this.#shapes.push(shape);
    return shape;
  }

  ofPut(declared: Declared, names: readonly string[]): PutShape {
    for (const shape of this.#puts) if (equal(shape.names, names)) return shape;
    const shape: PutShape = {
      names,
      places: declared.columns.map((column) => names.indexOf(column)),
      others: names.flatMap((name, i) => (declared.positions.has(name) ? [] : [i])),
    };
    if (this.#puts.length < mostKept) this.#puts.push(shape);
    return shape;
  }
}

const equal = (one: readonly string[], other: readonly string[]): boolean => {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
};
