import { Bag, ConnectionError, InDoubtError, type WaybillError } from '@waybill/core';

export interface Patience {
  /** Rejects when there will be no answer. */
  readonly lost: Promise<never>;
  /** There is one, or an error: nobody waits any more. */
  end(): void;
}

/** Requests that were sent and wait for their answers. */
export class InFlight {
  readonly #losers = new Bag<(cause: unknown) => void>();
  #idle: (() => void)[] = [];

  /** `late` is called at the deadline. */
  begin(changes: boolean, deadline: number, late: () => void): Patience {
    const { promise: lost, reject } = Promise.withResolvers<never>();
    lost.catch(() => undefined); // after `end` nobody waits for it
    const lose = (cause: unknown): void => reject(noAnswer(changes, cause));
    const expire = (): void => {
      lose(undefined);
      late();
    };
    const timer = setTimeout(expire, Math.max(0, deadline - performance.now()));
    const loser = this.#losers.add(lose);
    const end = (): void => {
      clearTimeout(timer);
      this.#losers.remove(loser);
      if (this.#losers.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    };
    return { lost, end };
  }

  /** No answer comes any more: the connection is gone. */
  loseAll(cause: unknown): void {
    for (const lose of [...this.#losers]) lose(cause);
  }

  /** Resolves when none waits. */
  idle(): Promise<void> {
    if (this.#losers.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }
}

const noAnswer = (changes: boolean, cause: unknown): WaybillError =>
  changes
    ? new InDoubtError('Redis did not answer; the outcome is unknown', { cause })
    : new ConnectionError('Redis did not answer', { cause });
