import { Fifo } from '@waybill/core';
import type { Posted } from './posted.ts';
import type { Sink } from './routes.ts';
import type { Source, Taken } from './source.ts';

/** Hints beyond this many messages that wait are dropped: who listens so slowly has no use for them. */
const manyWaiting = 1000;

/** A subscriber of its own: gets every message. Settling does nothing. */
export class Listener implements Sink, Source {
  readonly #waiting = new Fifo<Posted>();
  readonly #left: (listener: Listener) => void;
  #resolve: ((taken: Taken | undefined) => void) | undefined;
  #ended = false;

  /** `left` is called once, when the listener ends. */
  constructor(left: (listener: Listener) => void) {
    this.#left = left;
  }

  offer(posted: Posted): void {
    if (this.#resolve !== undefined) this.#give(taken(posted));
    else if (!posted.message.hint || this.#waiting.size < manyWaiting) this.#waiting.push(posted);
  }

  async next(): Promise<Taken | undefined> {
    if (this.#ended) return undefined;
    const posted = this.#waiting.shift();
    if (posted !== undefined) return taken(posted);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#left(this);
    this.#give(undefined);
  }

  #give(taken: Taken | undefined): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.(taken);
  }
}

const taken = (posted: Posted): Taken => ({ posted, settle: () => undefined });
