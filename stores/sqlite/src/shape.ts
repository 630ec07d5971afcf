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
  /** Most shapes are followed by one and the same. */
  #lastName: string | number | undefined;
  #last: Shape | undefined;

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
    if (name === this.#lastName && this.#last !== undefined) return this.#last;
    const next = this.#next.get(name) ?? this.#make(name, assignment, condition);
    this.#lastName = name;
    this.#last = next;
    return next;
  }

  #make(name: string | number, assignment: string | undefined, condition: string | undefined): Shape {
    const next = new Shape(
      assignment === undefined ? this.assignments : [...this.assignments, assignment],
      condition === undefined ? this.conditions : [...this.conditions, condition],
      this.#root,
    );
    this.#next.set(name, next);
    return next;
  }
}
