import type { Settlement } from '@waybill/core';
import type { Group } from './group.ts';
import type { Lane } from './lane.ts';
import type { Posted } from './posted.ts';
import type { StartTimer, Taken } from './source.ts';

/** A message that one member of a group has. */
export class Loan implements Taken {
  readonly posted: Posted;
  readonly lane: Lane;
  readonly #group: Group;
  readonly #loans: Set<Loan>;

  constructor(group: Group, lane: Lane, posted: Posted, loans: Set<Loan>) {
    this.posted = posted;
    this.lane = lane;
    this.#group = group;
    this.#loans = loans;
    loans.add(this);
  }

  settle(settlement: Settlement, timer: StartTimer): void {
    this.#loans.delete(this);
    this.#group.settle(this, settlement, timer);
  }
}
