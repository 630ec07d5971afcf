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
import {
  type Argument,
  inspectServer,
  Instants,
  Pace,
  RedisConnection,
  refuseUnsafe,
  type Reply,
} from '@waybill/redis';
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
/** The same while nobody listens to hints of these subjects: so late somebody new hears the first one at the most. */
const betweenUnheardMs = 20;

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
  readonly #hints: Coalescer<readonly Written[], undefined>;
  /** Subjects of hints that nobody heard the last time. In a cluster one node does not know who hears at another one. */
  #unheard: ReadonlySet<string> = new Set();
  /** While hints wait because nobody heard the last ones: ends that wait. */
  #hurry: AbortController | undefined;
  readonly #endings: Coalescer<Ending, undefined>;
  readonly #pace = new Pace();
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
    this.#hints = coalesce((groups) => this.#publishHints(groups));
    this.#endings = coalesce((endings) => this.#endAll(endings));
    this.capabilities = { ...declaredCapabilities, durability };
  }

  async publish(messages: readonly Message[]): Promise<void> {
    this.#refuseClosed();
    const written = messages.map((message) => ({ message, text: toMessageText(message) }));
    if (written.length === 0) return;
    const areHints = messages.every(({ hint }) => hint === true);
    if (areHints && !this.#areUnheard(messages)) this.#hurry?.abort();
    await (areHints ? this.#hints : this.#publishes).add(written);
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
    this.#hurry?.abort();
    await Promise.all([this.#publishes.idle(), this.#hints.idle()]);
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
    const name = randomUUID();
    await this.#repeatable((leftMs) => this.#send(name, groups.flat(), leftMs));
    return groups.map(() => undefined);
  }

  /** While nobody listens rarely, since each call costs the server as much as one that is heard. */
  async #publishHints(groups: readonly (readonly Written[])[]): Promise<readonly undefined[]> {
    const written = groups.flat();
    const messages = written.map(({ message }) => message);
    const wereUnheard = this.#areUnheard(messages);
    if (wereUnheard && !this.#closing.signal.aborted) {
      this.#hurry = new AbortController();
      await this.#pace.next(betweenUnheardMs, this.#hurry.signal);
      this.#hurry = undefined;
    } else await this.#pace.next(betweenHintsMs);
    const heard = await this.#send('', written, this.#options.requestMs);
    if (heard === 0 && !this.#redis.isCluster)
      this.#unheard = new Set(messages.map(({ subject }) => subject));
    else if (wereUnheard) this.#unheard = new Set();
    return groups.map(() => undefined);
  }

  #areUnheard(messages: readonly Message[]): boolean {
    return messages.every(({ subject }) => this.#unheard.has(subject));
  }

  #send(name: string, written: readonly Written[], leftMs: number): Promise<Reply> {
    const { keepMessages, keepMs, requestMs } = this.#options;
    const messages = written.flatMap(({ message, text }): Argument[] => [
      message.subject,
      text,
      kindOf(message),
    ]);
    const args = [name, 2 * requestMs, keepMessages, keepMs, ...messages];
    return this.#redis.run(publishScript, [this.#key], args, leftMs);
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
