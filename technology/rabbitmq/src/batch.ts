import type { WaybillError } from '@waybill/core';

/** A message on its way out. */
export interface Outgoing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  /** It need not survive a restart of the server. Default false. */
  readonly fleeting?: boolean;
  /** There must be a queue that it reaches. Default false. */
  readonly mandatory?: boolean;
}

/** Messages of one call, or a part of them: they are sent without a pause, and confirmed together. */
export class Batch {
  readonly messages: readonly Outgoing[];
  readonly deadline: number;
  /** The server found no queue for one of them, or for one like it. */
  isReturned = false;
  readonly #outcome = Promise.withResolvers<void>();
  #unconfirmed: number;
  #isSettled = false;

  constructor(messages: readonly Outgoing[], deadline: number) {
    this.messages = messages;
    this.deadline = deadline;
    this.#unconfirmed = messages.length;
  }

  /** Resolves when all of them are confirmed. */
  get outcome(): Promise<void> {
    return this.#outcome.promise;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Counts a confirm. Answers whether it was the last one. */
  confirmOne(): boolean {
    return --this.#unconfirmed <= 0;
  }

  hasLike(exchange: string, routingKey: string): boolean {
    return this.messages.some((each) => each.exchange === exchange && each.routingKey === routingKey);
  }

  /** It will be sent once more. */
  again(): void {
    this.isReturned = false;
    this.#unconfirmed = this.messages.length;
  }

  /** The first outcome counts. */
  settle(error: WaybillError | undefined): void {
    this.#isSettled = true;
    if (error === undefined) this.#outcome.resolve();
    else this.#outcome.reject(error);
  }
}
