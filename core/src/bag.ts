/** A thing in a bag, and where it lies there. */
export interface Member<T> {
  readonly value: T;
  place: number;
}

/**
 * Things that come and go all the time, in no order. Not a `Set`: a table that a busy set has outgrown refers to the one
 * that followed it, so that once V8 takes one of them for long-lived, all later ones live on with whatever was in them, and
 * are copied, until the next full collection.
 */
export class Bag<T> implements Iterable<T> {
  readonly #members: Member<T>[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Answers what to remove it by. */
  add(value: T): Member<T> {
    const member = { value, place: this.#members.length };
    this.#members.push(member);
    return member;
  }

  /** The last one takes its place. Who has left already is not missed. */
  remove(member: Member<T>): void {
    const { place } = member;
    if (this.#members[place] !== member) return;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    last.place = place;
    this.#members[place] = last;
  }

  clear(): void {
    this.#members.length = 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const { value } of this.#members) yield value;
  }
}
