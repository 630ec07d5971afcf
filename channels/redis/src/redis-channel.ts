import { randomUUID } from 'node:crypto';
import {
  type Arrived,
  type ChannelCapabilities,
  ClosedError,
  type Coalescer,
  coalesce,
  type Delivery,
  type Message,
  type MessageChannel,
  type Subscription,
} from '@waybill/core';
import { type Argument, inspectServer, Instants, Pace, RedisConnection, refuseUnsafe } from '@waybill/redis';
import { Bell } from './bell.ts';
import { BroadcastSubscription } from './broadcast-subscription.ts';
import { type Ending, GroupSubscription } from './group-subscription.ts';
import { toMessageText } from './message-text.ts';
import { declaredCapabilities } from './declared-capabilities.ts';
import { type RedisChannelOptions, redisChannelOptions } from './options.ts';
import { patiently } from './patiently.ts';
import { settleScript } from './scripts/group-scripts.ts';
import { publishScript } from './scripts/publish-script.ts';

/** Who waits for a task hears of its end so late at the most. */
const betweenHintsMs = 1;

/** Throws a `ConfigError` for a server that is a replica. */
export const openRedisChannel = async (options: Partial<RedisChannelOptions> = {}): Promise<RedisChannel> => {
  const complete = redisChannelOptions.parse(options);
  const redis = await RedisConnection.open(complete);
  try {
    const inspection = await inspectServer(redis, 'messages');
    refuseUnsafe(inspection);
    return new RedisChannel(redis, complete, inspection.durability);
  } catch (error) {
    await redis.close();
    throw error;
  }
};

interface Written {
  readonly message: Message;
  readonly text: string;
}

/** Messages in Redis Streams; see `openRedisChannel`. */
export class RedisChannel implements MessageChannel {
  readonly capabilities: ChannelCapabilities;
  readonly #redis: RedisConnection;
  readonly #options: RedisChannelOptions;
  readonly #key: string;
  readonly #bell: Bell;
  readonly #instants = new Instants();
  readonly #publishes: Coalescer<readonly Written[], undefined>;
  readonly #endings: Coalescer<Ending, undefined>;
  readonly #pace = new Pace(betweenHintsMs);
  readonly #members = new Set<GroupSubscription>();
  readonly #closing = new AbortController();
  #renewing: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  constructor(redis: RedisConnection, options: RedisChannelOptions, durability: 'process' | 'disk') {
    this.#redis = redis;
    this.#options = options;
    this.#key = `${redis.prefix}:channel`;
    this.#bell = new Bell(options, this.#key);
    this.#publishes = coalesce((groups) => this.#publishAll(groups));
    this.#endings = coalesce((endings) => this.#endAll(endings));
    this.capabilities = { ...declaredCapabilities, durability };
  }

  async publish(messages: readonly Message[]): Promise<void> {
    this.#refuseClosed();
    const written = messages.map((message) => ({ message, text: toMessageText(message) }));
    if (written.length > 0) await this.#publishes.add(written);
  }

  subscribe(subscription: Subscription): AsyncIterable<Delivery<Arrived>> {
    this.#refuseClosed();
    return this.#loop(subscription);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#renewing);
    await this.#publishes.idle();
    await this.#endings.idle();
    await Promise.allSettled([...this.#members].map((member) => member.giveBack())); // else their loans end in time
    await this.#bell.close();
    await this.#redis.close();
  }

  async *#loop(subscription: Subscription): AsyncGenerator<Delivery<Arrived>, void> {
    if (subscription.signal.aborted) return;
    this.#refuseClosed();
    const stop = AbortSignal.any([subscription.signal, this.#closing.signal]);
    const { requestMs, loanMs } = this.#options;
    const parts = { redis: this.#redis, key: this.#key, bell: this.#bell, requestMs };
    if (subscription.group === undefined) {
      yield* new BroadcastSubscription(parts, subscription, stop).deliveries();
      return;
    }
    const { signal: closing } = this.#closing;
    const groupParts = { ...parts, instants: this.#instants, loanMs, endings: this.#endings, closing };
    const member = new GroupSubscription(groupParts, subscription, stop);
    this.#members.add(member);
    this.#renewing ??= setInterval(() => this.#renew(), loanMs / 3).unref();
    yield* member.deliveries();
  }

  #renew(): void {
    for (const member of this.#members) {
      if (member.isOver) this.#members.delete(member);
      else member.renew().catch(() => undefined); // the next one may be in time
    }
  }

  async #publishAll(groups: readonly (readonly Written[])[]): Promise<readonly undefined[]> {
    const { keepMessages, keepMs, requestMs } = this.#options;
    const written = groups.flat();
    const messages = written.flatMap(({ message, text }): Argument[] => [
      message.subject,
      text,
      kindOf(message),
    ]);
    const publish = (name: string, leftMs = requestMs): Promise<unknown> => {
      const args = [name, 2 * requestMs, keepMessages, keepMs, ...messages];
      return this.#redis.run(publishScript, [this.#key], args, leftMs);
    };
    const name = randomUUID();
    if (written.every(({ message }) => message.hint === true)) {
      await this.#pace.next();
      await publish('');
    } else await this.#repeatable((leftMs) => publish(name, leftMs));
    return groups.map(() => undefined);
  }

  async #endAll(endings: readonly Ending[]): Promise<readonly undefined[]> {
    for (const group of new Set(endings.map((ending) => ending.group))) {
      const own = endings.filter((ending) => ending.group === group);
      const done = own.filter(({ delayMs }) => delayMs === undefined).map(({ ref }) => ref);
      const back = own.flatMap(({ ref, delayMs }) => (delayMs === undefined ? [] : [ref, delayMs]));
      const args = [group, done.length, ...done, ...back];
      await this.#repeatable((leftMs) => this.#redis.run(settleScript, [this.#key], args, leftMs));
    }
    return endings.map(() => undefined);
  }

  #repeatable<T>(ask: (leftMs: number) => Promise<T>): Promise<T> {
    return patiently(this.#options.requestMs, this.#closing.signal, ask);
  }

  #refuseClosed(): void {
    if (this.#closed !== undefined) throw new ClosedError('the channel is closed');
  }
}

/** As the script has it. */
const kindOf = ({ hint, key }: Message): string => (hint === true ? 'h' : key === undefined ? '' : `:${key}`);
