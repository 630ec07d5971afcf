import type { Group } from './group.ts';
import type { Lane } from './lane.ts';
import type { Loan } from './loan.ts';
import type { Source, Taken } from './source.ts';

/** One subscriber of a group. */
export class Member implements Source {
  /** All that its channel has on loan and must give back when it closes. */
  readonly loans: Set<Loan>;
  /** The open lanes from which nobody else may take. */
  readonly lanes = new Set<Lane>();
  readonly #group: Group;
  #resolve: ((taken: Taken | undefined) => void) | undefined;
  #ended = false;

  constructor(group: Group, loans: Set<Loan>) {
    this.#group = group;
    this.loans = loans;
  }

  async next(): Promise<Taken | undefined> {
    if (this.#ended) return undefined;
    const taken = this.#group.take(this);
    if (taken !== undefined) return taken;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#group.wait(this);
    });
  }

  give(taken: Taken | undefined): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.(taken);
  }

  end(): void {
    this.#ended = true;
    this.#group.leave(this);
    this.give(undefined);
  }
}
