import type { Statement } from '@waybill/sqlite';

/** Shapes are a program's own, but documents may come from anywhere. */
const mostShapes = 10_000;

/**
 * The shape of an UPDATE or INSERT, found part by part as its parts are named: a statement is prepared once for each,
 * and to find it again no text is put together.
 */
export class Shape {
  /** Of an INSERT the columns. */
  readonly assignments: readonly string[];
  readonly conditions: readonly string[];
  statement: Statement | undefined;
  readonly #root: { count: number };
  readonly #next = new Map<string | number, Shape>();

  constructor(
    assignments: readonly string[],
    conditions: readonly string[],
    root: { count: number } = { count: 0 },
  ) {
    this.assignments = assignments;
    this.conditions = conditions;
    this.#root = root;
    root.count++;
  }

  get isWorn(): boolean {
    return this.#root.count > mostShapes;
  }

  /** This shape with one part more; a part is known by its name. */
  with(name: string | number, assignment: string | undefined, condition?: string): Shape {
    const known = this.#next.get(name);
    if (known !== undefined) return known;
    const next = new Shape(
      assignment === undefined ? this.assignments : [...this.assignments, assignment],
      condition === undefined ? this.conditions : [...this.conditions, condition],
      this.#root,
    );
    this.#next.set(name, next);
    return next;
  }
}
