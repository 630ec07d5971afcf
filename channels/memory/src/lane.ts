import { Backlog } from '@waybill/core';
import type { Member } from './member.ts';
import type { Posted } from './posted.ts';

/**
 * The messages of one subject and key that wait in a group, or one message without a key. While one of them is on
 * loan the others go to the same member only, so that nobody sees a later one before an earlier one.
 */
export class Lane {
  /** Absent for a message without a key. */
  readonly id: string | undefined;
  readonly messages = new Backlog<Posted>();
  /** Who has messages of this lane on loan. */
  holder: Member | undefined;
  onLoan = 0;
  /** How many were put back and must not be delivered yet; they hold up those behind them. */
  resting = 0;
  /** Whether it stands among those that anybody may take from. */
  isReady = false;

  constructor(id: string | undefined) {
    this.id = id;
  }

  get place(): number {
    return this.messages.first?.place ?? 0;
  }

  get isOpen(): boolean {
    return this.resting === 0 && this.messages.first !== undefined;
  }
}
