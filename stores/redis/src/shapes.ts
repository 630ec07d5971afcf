/** Fields that operations are about, in one order, each of which has a column. */
export interface Shape {
  readonly kind: number;
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
const mostNames = 64;

/**
 * Code names the same fields again and again: what follows from their names is worked out once for each collection, and
 * kept for those that came last.
 */
export class Shapes {
  readonly #columns: readonly string[];
  readonly #positions: ReadonlyMap<string, number>;
  readonly #shapes: Shape[] = [];
  readonly #puts: PutShape[] = [];

  /** Of one collection: names of its columns, and where in a head they are. */
  constructor(columns: readonly string[], positions: ReadonlyMap<string, number>) {
    this.#columns = columns;
    this.#positions = positions;
  }

  /** `undefined`: one of the fields has no column. */
  of(kind: number, names: readonly string[]): Shape | undefined {
    for (const shape of this.#shapes) if (shape.kind === kind && equal(shape.names, names)) return shape;
    const positions: number[] = [];
    for (const name of names) {
      const position = this.#positions.get(name);
      if (position === undefined) return undefined;
      positions.push(position);
    }
    return keep(this.#shapes, { kind, names, positions });
  }

  ofPut(names: readonly string[]): PutShape {
    for (const shape of this.#puts) if (equal(shape.names, names)) return shape;
    return keep(this.#puts, {
      names,
      places: this.#columns.map((column) => names.indexOf(column)),
      others: names.flatMap((name, i) => (this.#positions.has(name) ? [] : [i])),
    });
  }
}

const keep = <S extends { readonly names: readonly string[] }>(kept: S[], shape: S): S => {
  if (shape.names.length > mostNames) return shape;
  if (kept.length >= mostKept) kept.shift();
  kept.push(shape);
  return shape;
};

const equal = (one: readonly string[], other: readonly string[]): boolean => {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
};
