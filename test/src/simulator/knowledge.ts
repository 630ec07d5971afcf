import type { Random } from './random.ts';
import { type Topic, topics } from './workload/task-types.ts';

/**
 * Which topics each worker knows, and so which effects: in some schedules not all know all of them, as while a new version
 * is rolled out.
 * Who comes after one that has died may know others.
 */
export class Knowledge {
  readonly #random: Random;
  /** The probability that a worker lacks a topic. */
  readonly #lack: number;

  constructor(random: Random) {
    this.#random = random;
    this.#lack = random.chance(0.3) ? random.between(0.1, 1) : 0;
  }

  /** Of a worker that starts at this place. Each topic has a place where it is always known. */
  draw(place: number): readonly Topic[] {
    return topics.filter((_, n) => n === place % topics.length || !this.#random.chance(this.#lack));
  }
}
