import { createHash } from 'node:crypto';
import {
  Alarm,
  type Arrived,
  type Delivery,
  lend,
  type SubjectPattern,
  type Subscription,
} from '@waybill/core';
import { type KafkaRecord, nameOf, type SharedPartitions } from '@waybill/kafka';
import { cursorOf } from './cursor.ts';
import { Hints } from './hints.ts';
import { fromMessageText, subjectOf } from './message-text.ts';

export interface GroupParts {
  readonly pattern: SubjectPattern;
  readonly topics: readonly string[];
  readonly subscription: Subscription;
  readonly stop: AbortSignal;
  readonly requestMs: number;
  /** Joins the group; `onReady` says that there may be something. */
  open(
    decode: (record: KafkaRecord, topic: string, partition: number) => Arrived | undefined,
    onReady: () => void,
  ): SharedPartitions<Arrived>;
  /** Whether hints of this record key are for who holds this partition. */
  placeOf(hint: Arrived): { readonly topic: string; readonly partition: number };
}

const longestSleepMs = 1_000;
const beginPauseMs = 10;

/** A group is its name and what it subscribes to. Kafka's name of it says the first, and stands for both. */
export const groupIdOf = (namespace: string, { group = '', subject }: Subscription): string => {
  const words = group.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64);
  const hash = createHash('sha256')
    .update(JSON.stringify([group, subject]))
    .digest('base64url')
    .slice(0, 16);
  return `${namespace}.group.${words}.${hash}`;
};

/** One member of a group: a message goes to who holds its partition. */
export class GroupSubscription {
  readonly pattern: SubjectPattern;
  readonly #parts: GroupParts;
  readonly #alarm = new Alarm();
  readonly #hints = new Hints();
  readonly #shared: SharedPartitions<Arrived>;
  #failingSince: number | undefined;

  constructor(parts: GroupParts) {
    this.#parts = parts;
    this.pattern = parts.pattern;
    this.#shared = parts.open(
      (record, topic, partition) => this.#decode(record, topic, partition),
      () => this.#alarm.ring(),
    );
  }

  /** Of a group one hears it: who holds the partition in which it would be. */
  hint(message: Arrived): void {
    if (!this.#shared.holds(this.#parts.placeOf(message))) return;
    this.#hints.push(message);
    this.#alarm.ring();
  }

  async *deliveries(): AsyncGenerator<Delivery<Arrived>, void> {
    const { stop } = this.#parts;
    try {
      await this.#begin();
      while (!stop.aborted) {
        const hint = this.#hints.shift();
        if (hint !== undefined) yield lend(hint, async () => undefined);
        const delivery = this.#take();
        if (delivery !== undefined) yield delivery;
        else if (hint === undefined) await this.#wait();
        this.#alarm.reset();
      }
    } catch (error) {
      if (!stop.aborted) throw error; // a loop that was told to stop just ends
    }
  }

  get isOnLoan(): boolean {
    return this.#shared.isOnLoan;
  }

  /** Leaves the group when nothing is on loan here any more. */
  retire(): Promise<void> {
    return this.#shared.retire();
  }

  close(): Promise<void> {
    return this.#shared.close();
  }

  async #begin(): Promise<void> {
    const { stop, subscription } = this.#parts;
    this.#shared.start();
    while (!stop.aborted && !(await this.#shared.hasBegun())) {
      this.#check();
      this.#alarm.reset();
      await this.#alarm.wait(beginPauseMs, stop);
    }
    if (!stop.aborted) subscription.onReady?.();
  }

  /** From each topic in turn. */
  #take(): Delivery<Arrived> | undefined {
    for (const topic of this.#parts.topics) {
      const [delivery] = this.#shared.take(topic, 1);
      if (delivery !== undefined) return delivery;
    }
    return undefined;
  }

  async #wait(): Promise<void> {
    this.#check();
    await this.#alarm.wait(longestSleepMs, this.#parts.stop);
  }

  #check(): void {
    const { failure } = this.#shared;
    if (failure === undefined) this.#failingSince = undefined;
    else this.#failingSince ??= performance.now();
    if (failure === undefined || this.#failingSince === undefined) return;
    if (performance.now() - this.#failingSince >= this.#parts.requestMs) throw failure;
  }

  #decode({ key, value, offset, at }: KafkaRecord, topic: string, partition: number): Arrived | undefined {
    if (!this.pattern.matches(subjectOf(key))) return undefined;
    const message = fromMessageText(value);
    if (message === undefined || !this.pattern.matches(message.subject)) return undefined;
    return { ...message, cursor: cursorOf(nameOf({ topic, partition }), offset + 1, at) };
  }
}
