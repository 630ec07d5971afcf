import { type Runtime, systemRuntime } from '@waybill/core';

interface Waiting {
  readonly at: number;
  callback: (() => void) | undefined;
}

/** A clock that stands still until somebody waits, and then is at once where the first of them waits for. */
export class InstantRuntime implements Runtime {
  readonly id = systemRuntime().id;
  #now = 1_000_000;
  #waiting: Waiting[] = [];

  now = (): number => this.#now;
  monotonic = (): number => this.#now;
  random = (): number => 0.5;

  timer(ms: number, callback: () => void): { cancel(): void } {
    const waiting: Waiting = { at: this.#now + ms, callback };
    if (Number.isFinite(ms)) {
      this.#waiting.push(waiting);
      setImmediate(() => this.#fire());
    }
    return {
      cancel: () => {
        waiting.callback = undefined;
      },
    };
  }

  #fire(): void {
    this.#waiting.sort((a, b) => a.at - b.at);
    const first = this.#waiting.shift();
    if (first?.callback === undefined) return;
    this.#now = Math.max(this.#now, first.at);
    first.callback();
  }
}
