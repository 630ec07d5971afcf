import { type Delivery, lend, type Settlement } from '@waybill/core';

/** What this process has lent out, and what it was given back to be delivered later. */
export class Loans {
  readonly #delayed = new Set<NodeJS.Timeout>();
  #open = 0;
  #isClosed = false;
  #whenNone: (() => void) | undefined;

  get areOpen(): boolean {
    return this.#open > 0;
  }

  /** `end` is called once, when it is over; not after `close`. */
  lend<T>(item: T, end: (isDone: boolean) => void): Delivery<T> {
    this.#open++;
    return lend(item, async (settlement) => this.#settle(settlement, end));
  }

  /** Resolves when nothing is on loan, and on `close`. */
  async none(): Promise<void> {
    if (this.#open > 0 && !this.#isClosed) await new Promise<void>((resolve) => (this.#whenNone = resolve));
  }

  /** What is on loan is left to others. */
  close(): void {
    this.#isClosed = true;
    this.#whenNone?.();
    for (const timer of this.#delayed) clearTimeout(timer);
  }

  #settle(settlement: Settlement, end: (isDone: boolean) => void): void {
    if (this.#isClosed) return;
    if (settlement.end === 'commit' || settlement.next.to === 'drop') return this.#end(true, end);
    const { delayMs = 0 } = settlement.next;
    if (delayMs <= 0) return this.#end(false, end);
    const timer = setTimeout(() => {
      this.#delayed.delete(timer);
      this.#end(false, end);
    }, delayMs);
    this.#delayed.add(timer);
  }

  #end(isDone: boolean, end: (isDone: boolean) => void): void {
    this.#open--;
    end(isDone);
    if (this.#open === 0) this.#whenNone?.();
  }
}
