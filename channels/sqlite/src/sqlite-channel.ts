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
import { Doorbell, migrate, SqliteFile } from '@waybill/sqlite';
import { BroadcastSubscription } from './broadcast-subscription.ts';
import { type Ending, GroupLedger } from './group-ledger.ts';
import { GroupSubscription } from './group-subscription.ts';
import { Interest } from './interest.ts';
import { Listener, type Write } from './listener.ts';
import { MessageLog } from './message-log.ts';
import { type SqliteChannelOptions, sqliteChannelOptions } from './options.ts';
import { Retention } from './retention.ts';
import { channelFormat } from './schema.ts';
import { Tail } from './tail.ts';
import { type Written, writeMessage } from './written.ts';

/** Opens the channel in a file, which is made if need be. */
export const openSqliteChannel = async (
  options: Partial<SqliteChannelOptions> = {},
): Promise<SqliteChannel> => {
  const complete = sqliteChannelOptions.parse(options);
  // What has to be on the disk says so by itself; see `#lasting`.
  const file = await SqliteFile.open({ ...complete, synchronous: 'normal' });
  try {
    await migrate(file, 'channel', channelFormat);
    return new SqliteChannel(file, complete);
  } catch (error) {
    await file.close();
    throw error;
  }
};

type ChannelSettings = Omit<SqliteChannelOptions, 'file' | 'busyTimeoutMs'>;

/** Messages in one SQLite file; see `openSqliteChannel`. */
export class SqliteChannel implements MessageChannel {
  readonly capabilities: ChannelCapabilities;
  readonly #file: SqliteFile;
  readonly #bell: Doorbell;
  readonly #log: MessageLog;
  readonly #ledger: GroupLedger;
  readonly #interest: Interest;
  readonly #retention: Retention;
  readonly #listener: Listener;
  readonly #tail: Tail;
  readonly #publishes: Coalescer<readonly Written[], undefined>;
  readonly #endings: Coalescer<Ending, undefined>;
  readonly #subscriptions = new Set<{ end(): Promise<void> }>();
  /** For what must survive a loss of power: messages, and where groups begin. */
  readonly #lasting: Write;
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(file: SqliteFile, settings: ChannelSettings) {
    const { synchronous, leaseMs } = settings;
    this.#file = file;
    this.#bell = new Doorbell({ path: `${file.path}-bell-messages`, changed: () => file.changedByOthers() });
    this.#log = new MessageLog(file);
    this.#ledger = new GroupLedger(file, this.#log);
    this.#interest = new Interest(file);
    this.#retention = new Retention(file, settings);
    this.#lasting = synchronous === 'full' ? (work) => file.writeToDisk(work) : (work) => file.write(work);
    this.#listener = new Listener(file, { leaseMs, onReaped: () => this.#bell.ring() });
    this.#tail = new Tail({ file, log: this.#log, bell: this.#bell });
    this.#publishes = coalesce((groups) => this.#publishAll(groups));
    this.#endings = coalesce((endings) => this.#endAll(endings));
    const durability = synchronous === 'full' ? 'disk' : 'process';
    this.capabilities = { durability, shared: true, replay: true, redelivery: true };
  }

  async publish(messages: readonly Message[]): Promise<void> {
    this.#refuseClosed();
    const written = messages.map(writeMessage);
    if (written.length === 0) return;
    if (written.every(({ hint }) => hint) && !(await this.#isHeard(written))) return;
    await this.#publishes.add(written);
  }

  subscribe(subscription: Subscription): AsyncIterable<Delivery<Arrived>> {
    this.#refuseClosed();
    if (subscription.signal.aborted) return nothing();
    const stop = AbortSignal.any([subscription.signal, this.#closing.signal]);
    const onEnd = (): unknown => this.#subscriptions.delete(made);
    const parts = { file: this.#file, log: this.#log, listener: this.#listener, onEnd };
    const ofGroups = { ledger: this.#ledger, bell: this.#bell, endings: this.#endings };
    const groupParts = { ...parts, ...ofGroups, lasting: this.#lasting };
    const made =
      subscription.group === undefined
        ? new BroadcastSubscription({ ...parts, tail: this.#tail }, subscription, stop)
        : new GroupSubscription(groupParts, subscription, stop);
    this.#subscriptions.add(made);
    return made;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const subscriptions = [...this.#subscriptions];
    this.#closing.abort();
    try {
      await Promise.all(subscriptions.map((subscription) => subscription.end()));
      await this.#publishes.idle();
      await this.#endings.idle();
      await this.#listener.close();
      if (subscriptions.length > 0) this.#bell.ring(); // what it held is free
    } finally {
      this.#bell.close();
      await this.#file.close();
    }
  }

  #isHeard(hints: readonly Written[]): Promise<boolean> {
    return this.#file.snapshot(() => {
      this.#interest.refresh(Date.now());
      return hints.some(({ subject }) => this.#interest.covers(subject));
    });
  }

  async #publishAll(groups: readonly (readonly Written[])[]): Promise<readonly undefined[]> {
    const written = groups.flat();
    const write: Write = written.every(({ hint }) => hint) ? (work) => this.#file.write(work) : this.#lasting;
    const published = await write(() => {
      const now = Date.now();
      this.#interest.refresh(now);
      const worth = written.filter(({ hint, subject }) => !hint || this.#interest.covers(subject));
      this.#log.append(worth, now);
      this.#retention.afterPublishing(worth.length, now);
      return worth.length;
    });
    if (published > 0) this.#bell.ring();
    return groups.map(() => undefined);
  }

  async #endAll(endings: readonly Ending[]): Promise<readonly undefined[]> {
    await this.#file.write(() => endings.forEach((ending) => this.#ledger.end(ending)));
    if (endings.some(({ frees, notBefore }) => frees || notBefore !== undefined)) this.#bell.ring();
    return endings.map(() => undefined);
  }

  #refuseClosed(): void {
    if (this.#closing.signal.aborted) throw new ClosedError('the channel is closed');
  }
}

const nothing = async function* (): AsyncGenerator<never, void> {};
