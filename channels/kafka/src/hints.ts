import type { Arrived } from '@waybill/core';

const most = 256;

/** Hints that one subscription has not asked for yet; beyond that the oldest are dropped. */
export class Hints {
  readonly #hints: Arrived[] = [];

  push(hint: Arrived): void {
    if (this.#hints.push(hint) > most) this.#hints.shift();
  }

  shift(): Arrived | undefined {
    return this.#hints.shift();
  }

  get isEmpty(): boolean {
    return this.#hints.length === 0;
  }
}
