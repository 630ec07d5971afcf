import {
  type Arrived,
  checkSubscription,
  type Delivery,
  lend,
  notACursor,
  type SubjectPattern,
  type Subscription,
} from '@waybill/core';
import type { SqliteFile } from '@waybill/sqlite';
import { hasBegun, type Listener } from './listener.ts';
import { type Logged, type MessageLog, toArrived } from './message-log.ts';
import type { Receiver, Tail } from './tail.ts';

export interface BroadcastParts {
  readonly file: SqliteFile;
  readonly log: MessageLog;
  readonly tail: Tail;
  readonly listener: Listener;
  /** Called once, when it is over. */
  readonly onEnd: () => unknown;
}

/** How far the log may run ahead of the loop in memory. Beyond, the subscriber catches up from the file. */
const bufferSize = 256;

/**
 * One subscriber that gets every message. It is catching up, and reads pages of the log when its loop asks for more,
 * or live, and takes what the tail hands out. A live one whose buffer is full falls back to catching up.
 */
export class BroadcastSubscription implements Receiver, AsyncIterable<Delivery<Arrived>> {
  readonly pattern: SubjectPattern;
  readonly #parts: BroadcastParts;
  readonly #stop: AbortSignal;
  readonly #begun: Promise<void>;
  #position = 0;
  /** Hints up to here are older than the subscription. */
  #hintsAfter = 0;
  #buffer: Logged[] = [];
  #isLive = false;
  #failure: unknown;
  #wake: () => void = () => undefined;
  #ended: Promise<void> | undefined;

  constructor(parts: BroadcastParts, subscription: Subscription, stop: AbortSignal) {
    this.#parts = parts;
    this.#stop = stop;
    this.pattern = checkSubscription(subscription, { replay: true });
    this.#begun = this.#begin(startOf(subscription.from ?? 'now'), subscription.onReady);
    this.#begun.catch((error: unknown) => this.fail(error));
    stop.addEventListener('abort', () => void this.end(), { once: true });
  }

  get position(): number {
    return this.#position;
  }

  receive(message: Logged): void {
    if (message.hint && message.cursor <= this.#hintsAfter) return;
    if (this.#buffer.length === bufferSize) return this.#fallBehind();
    this.#buffer.push(message);
    this.#position = message.cursor;
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Delivery<Arrived>, void> {
    try {
      await this.#begun;
      while (!this.#stop.aborted) {
        const message = this.#buffer.shift();
        if (message !== undefined) yield lend(toArrived(message), async () => undefined);
        else if (this.#failure !== undefined) throw this.#failure;
        else if (this.#isLive) await new Promise<void>((resolve) => (this.#wake = resolve));
        else await this.#catchUp();
      }
    } catch (error) {
      if (!this.#stop.aborted) throw error; // a loop that was told to stop just ends
    } finally {
      await this.end();
    }
  }

  /** Idempotent. */
  end(): Promise<void> {
    this.#wake();
    this.#ended ??= this.#leave();
    return this.#ended;
  }

  async #begin(after: number | undefined, onReady: Subscription['onReady']): Promise<void> {
    const { listener, log, tail } = this.#parts;
    const { result: last } = await listener.join(this.pattern.text, () => log.last());
    if (this.#ended !== undefined) return;
    this.#hintsAfter = last;
    this.#position = after ?? Math.max(last, tail.position);
    if (after === undefined) this.#isLive = tail.join(this);
    onReady?.();
  }

  async #catchUp(): Promise<void> {
    const { file, log, tail } = this.#parts;
    const page = await file.snapshot(() => log.matchingAfter(this.#position, this.pattern, bufferSize));
    this.#buffer = page.messages.filter((message) => !message.hint);
    this.#position = page.seen;
    if (page.messages.length < bufferSize && this.#ended === undefined) this.#isLive = tail.join(this);
  }

  #fallBehind(): void {
    this.#isLive = false;
    this.#parts.tail.leave(this);
  }

  async #leave(): Promise<void> {
    this.#parts.onEnd();
    this.#parts.tail.leave(this);
    if (await hasBegun(this.#begun)) await this.#parts.listener.leave(this.pattern.text);
  }
}

/** The cursor after which to begin; `undefined` for now. */
const startOf = (from: NonNullable<Subscription['from']>): number | undefined => {
  if (from === 'now') return undefined;
  if (from === 'start') return 0;
  if (!/^\d{1,15}$/.test(from.after)) throw notACursor();
  return Number(from.after);
};
