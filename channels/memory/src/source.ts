import type { Settlement, Timer } from '@waybill/core';
import type { Posted } from './posted.ts';

/** Calls back once when the time has come. */
export type StartTimer = (ms: number, due: () => void) => Timer;

/** A message that a loop has taken. */
export interface Taken {
  readonly posted: Posted;
  /** Called once. */
  settle(settlement: Settlement, timer: StartTimer): void;
}

/** Where the loop over one subscription gets its messages. */
export interface Source {
  /** The next one, when there is one; `undefined` once the source has ended. One call at a time. */
  next(): Promise<Taken | undefined>;
  /** Idempotent. What was taken can still be settled. */
  end(): void;
}
