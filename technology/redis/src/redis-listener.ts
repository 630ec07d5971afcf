import type { Closeable, WaybillError } from '@waybill/core';
import type { Redis } from 'ioredis';
import { createClient } from './create-client.ts';
import type { ConnectionOptions } from './options.ts';
import { replyCode, translateError } from './translate-error.ts';

export interface ListenerHandlers {
  message(channel: string, message: Buffer): void;
  /** From now on nothing that is published is missed, until the connection is lost. Called again after each loss. */
  listening(): void;
}

/**
 * One connection for what is published to channels. Whatever is published while it is away is lost, which is why
 * it tells when it is back.
 */
export class RedisListener implements Closeable {
  readonly #options: ConnectionOptions;
  readonly #client: Redis;
  readonly #channels: Set<string>;
  readonly #handlers: ListenerHandlers;
  /** Resolved while the connection is subscribed to what it should be. */
  #ready = Promise.withResolvers<void>();
  #isReady = false;
  #handshake: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: ConnectionOptions, channels: readonly string[], handlers: ListenerHandlers) {
    this.#options = options;
    this.#channels = new Set(channels);
    this.#handlers = handlers;
    this.#client = createClient(options);
    this.#client.on('error', () => undefined); // its users see that nothing comes, and ask over their own connection
    this.#client.on('messageBuffer', (channel: Buffer, message: Buffer) =>
      handlers.message(channel.toString(), message),
    );
    this.#client.on('connect', () => this.#await());
    this.#client.on('ready', () => void this.#subscribe());
    this.#client.on('close', () => this.#lost());
    this.#client.on('end', () => this.#connect());
    this.#connect();
  }

  /**
   * Resolves when nothing that is published there is missed any more, until the connection is lost; or when the channel
   * has been removed, or this closed. Waits for a connection. Throws a `ConnectionError` where Redis refuses.
   */
  async add(channel: string): Promise<void> {
    this.#channels.add(channel);
    for (;;) {
      await this.#ready.promise;
      if (this.#isClosed || !this.#channels.has(channel)) return;
      try {
        await this.#client.subscribe(channel);
        return;
      } catch (error) {
        if (replyCode(error) !== undefined) {
          this.#channels.delete(channel);
          throw translateError(error, false);
        }
        this.#lost();
        this.#reconnect();
      }
    }
  }

  remove(channel: string): void {
    this.#channels.delete(channel);
    this.#client.unsubscribe(channel).catch(() => undefined); // with its connection the subscription has gone, too
  }

  /** Resolves when all that had been published before has been told, or is lost. */
  async caughtUp(): Promise<void> {
    // The answer comes behind them; without a connection, nothing of old can come any more.
    await this.#client.ping().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#handshake);
    this.#ready.resolve();
    this.#client.disconnect();
  }

  #connect(): void {
    if (!this.#isClosed) this.#client.connect().catch(() => undefined); // comes again as `close` or `end`
  }

  /** A handshake can hang in a network that swallows it, where ioredis would wait for ever. */
  #await(): void {
    clearTimeout(this.#handshake);
    if (this.#isClosed) return;
    this.#handshake = setTimeout(() => this.#reconnect(), this.#options.requestMs);
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#client.subscribe(...this.#channels);
      clearTimeout(this.#handshake);
      this.#isReady = true;
      this.#ready.resolve();
      this.#handlers.listening();
    } catch (error) {
      if (replyCode(error) !== undefined) this.#refuse(translateError(error, false));
      this.#reconnect();
    }
  }

  /** Whoever waits now is told; whoever comes later waits for the next connection. */
  #refuse(reason: WaybillError): void {
    this.#ready.promise.catch(() => undefined); // perhaps nobody waits
    this.#ready.reject(reason);
    this.#ready = Promise.withResolvers();
  }

  #lost(): void {
    clearTimeout(this.#handshake);
    if (!this.#isReady) return; // whoever waits goes on waiting
    this.#isReady = false;
    this.#ready = Promise.withResolvers();
  }

  #reconnect(): void {
    if (!this.#isClosed) this.#client.disconnect(true);
  }
}
