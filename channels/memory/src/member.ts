import type { Group } from './group.ts';
import type { Lane } from './lane.ts';
import type { Loan } from './loan.ts';
import type { Source } from './source.ts';

/** One subscriber of a group. */
export class Member implements Source {
  /** All that its channel has on loan and must give back when it closes. */
  readonly loans: Set<Loan>;
  /** The open lanes from which nobody else may take. */
  readonly lanes = new Set<Lane>();
  readonly #group: Group;
  #resolve: ((loan: Loan | undefined) => void) | undefined;
  #ended = false;

  constructor(group: Group, loans: Set<Loan>) {
    this.#group = group;
    this.loans = loans;
  }

  async next(): Promise<Loan | undefined> {
    if (this.#ended) return undefined;
    const loan = this.#group.take(this);
    if (loan !== undefined) return loan;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#group.wait(this);
    });
  }

  give(loan: Loan | undefined): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.(loan);
  }

  end(): void {
    this.#ended = true;
    this.#group.leave(this);
    this.give(undefined);
  }
}
