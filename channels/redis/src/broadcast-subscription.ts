import {
  Alarm,
  type Arrived,
  checkSubscription,
  type Delivery,
  lend,
  notACursor,
  type SubjectPattern,
  type Subscription,
} from '@waybill/core';
import type { RedisConnection } from '@waybill/redis';
import type { Bell, Ear } from './bell.ts';
import { luaPattern } from './lua-pattern.ts';
import { fromMessageText } from './message-text.ts';
import { patiently } from './patiently.ts';
import { PendingHints } from './pending-hints.ts';
import { newestScript, readScript } from './scripts/read-script.ts';

export interface SubscriptionParts {
  readonly redis: RedisConnection;
  readonly key: string;
  readonly bell: Bell;
  readonly requestMs: number;
}

const pageSize = 128;
/** The bell wakes us; this is for a bell that was lost. */
const longestSleepMs = 5_000;

/** One subscriber that gets every message: it reads the streams from where it stands, a page ahead of its loop. */
export class BroadcastSubscription implements Ear {
  readonly pattern: SubjectPattern;
  readonly #parts: SubscriptionParts;
  readonly #subscription: Subscription;
  readonly #stop: AbortSignal;
  readonly #alarm = new Alarm();
  readonly #hints = new PendingHints();
  #page: Arrived[] = [];
  #position = '0';

  constructor(parts: SubscriptionParts, subscription: Subscription, stop: AbortSignal) {
    this.#parts = parts;
    this.#subscription = subscription;
    this.#stop = stop;
    this.pattern = checkSubscription(subscription, { replay: true });
  }

  ring(): void {
    this.#alarm.ring();
  }

  hint(message: Arrived, after: number): void {
    this.#hints.add(message, after);
    this.#alarm.ring();
  }

  async *deliveries(): AsyncGenerator<Delivery<Arrived>, void> {
    try {
      await this.#begin();
      while (!this.#stop.aborted) {
        const message = this.#next();
        if (message !== undefined) yield lend(message, async () => undefined);
        else await this.#readOrWait();
      }
    } catch (error) {
      if (!this.#stop.aborted) throw error; // a loop that was told to stop just ends
    } finally {
      this.#parts.bell.leave(this);
    }
  }

  async #begin(): Promise<void> {
    const { redis, key, bell } = this.#parts;
    const { from = 'now', onReady } = this.#subscription;
    const begin = startOf(from);
    await bell.join(this, this.#stop);
    if (this.#stop.aborted) return;
    const newest = await this.#patiently(() => redis.run(newestScript, [key], []));
    this.#position = begin ?? String(newest);
    if (!this.#stop.aborted) onReady?.();
  }

  /** In the order in which they were published. */
  #next(): Arrived | undefined {
    const [message] = this.#page;
    const hint = this.#hints.takeBefore(message === undefined ? this.#end : Number(message.cursor));
    if (hint !== undefined) return hint;
    if (message !== undefined) this.#hints.pass(message);
    return this.#page.shift();
  }

  /** Everything before it has been read. */
  get #end(): number {
    return Number(this.#position) + 1;
  }

  async #readOrWait(): Promise<void> {
    const { redis, key } = this.#parts;
    this.#alarm.reset();
    const args = [this.pattern.isExact ? 1 : 0, luaPattern(this.pattern), this.#position, pageSize];
    const reply = await this.#patiently(() => redis.run(readScript, [key], args));
    const [found, position] = reply as unknown as readonly [readonly Buffer[], Buffer]; // by the script
    this.#position = String(position);
    this.#page = messagesOf(found);
    if (this.#page.length === 0 && !this.#hints.isDueBefore(this.#end))
      await this.#alarm.wait(longestSleepMs, this.#stop);
  }

  #patiently<T>(ask: () => Promise<T>): Promise<T> {
    return patiently(this.#parts.requestMs, this.#stop, ask);
  }
}

/** Seqs and texts in turn. */
const messagesOf = (found: readonly Buffer[]): Arrived[] => {
  const messages: Arrived[] = [];
  for (let i = 0; i + 1 < found.length; i += 2)
    messages.push(fromMessageText(String(found[i + 1]), String(found[i])));
  return messages;
};

/** The position after which to begin; `undefined` for now. */
const startOf = (from: NonNullable<Subscription['from']>): string | undefined => {
  if (from === 'now') return undefined;
  if (from === 'start') return '0';
  if (!/^\d{1,16}$/.test(from.after)) throw notACursor();
  return from.after;
};
