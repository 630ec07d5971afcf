import { setTimeout as pause } from 'node:timers/promises';
import type { RedisConnection } from '@waybill/redis';
import { giveBackScript, settleScript } from './scripts/group-scripts.ts';

export interface DebtParts {
  readonly redis: RedisConnection;
  readonly key: string;
  readonly requestMs: number;
}

const betweenPaymentsMs = 100;

/**
 * What a member of a group keeps from the others without having it: what it may have on loan and never saw, and what it
 * could not settle. It goes back as soon as the server can be reached, since order keeps others waiting behind it.
 */
export class Debts {
  readonly #parts: DebtParts;
  readonly #group: string;
  /** Instants of requests without an answer, and when the last of them is over for sure. */
  readonly #doubts = new Map<string, number>();
  readonly #abandoned = new Set<string>();
  #paying: Promise<void> | undefined;

  constructor(parts: DebtParts, group: string) {
    this.#parts = parts;
    this.#group = group;
  }

  get isEmpty(): boolean {
    return this.#doubts.size === 0 && !this.hasAbandoned;
  }

  get hasAbandoned(): boolean {
    return this.#abandoned.size > 0;
  }

  /** Instants of loans that were never seen; whoever tells the server calls `told` afterwards. */
  get doubts(): readonly string[] {
    return [...this.#doubts.keys()];
  }

  /** A request is sent; until it is `answered` it may have been carried out, or may be yet. */
  ask(instant: string): void {
    this.#doubts.set(instant, performance.now() + 2 * this.#parts.requestMs);
  }

  answered(instant: string): void {
    this.#doubts.delete(instant);
  }

  /** What a request gave back that was sent when no older one could begin any more is in doubt no longer. */
  told(instants: readonly string[], sentAt: number): void {
    for (const instant of instants)
      if (sentAt > (this.#doubts.get(instant) ?? 0)) this.#doubts.delete(instant);
  }

  abandon(ref: string): void {
    this.#abandoned.add(ref);
  }

  async putBackAbandoned(): Promise<void> {
    if (!this.hasAbandoned) return;
    const { redis, key } = this.#parts;
    const refs = [...this.#abandoned];
    await redis.run(settleScript, [key], [this.#group, 0, ...refs.flatMap((ref) => [ref, 0])]);
    for (const ref of refs) this.#abandoned.delete(ref);
  }

  /** Until nothing is owed, or the signal aborts. Never rejects. */
  pay(signal: AbortSignal): Promise<void> {
    this.#paying ??= this.#payAll(signal).finally(() => (this.#paying = undefined));
    return this.#paying;
  }

  async #payAll(signal: AbortSignal): Promise<void> {
    while (!this.isEmpty && !signal.aborted) {
      await Promise.allSettled([this.#giveBackDoubts(), this.putBackAbandoned()]); // what failed is still owed
      if (!this.isEmpty) await pause(betweenPaymentsMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #giveBackDoubts(): Promise<void> {
    const { doubts } = this;
    if (doubts.length === 0) return;
    const { redis, key } = this.#parts;
    const sentAt = performance.now();
    await redis.run(giveBackScript, [key], [this.#group, ...doubts]);
    this.told(doubts, sentAt);
  }
}
