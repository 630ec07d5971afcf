import type { Closeable } from '@waybill/core';
import type { Cluster, Redis } from 'ioredis';
import { createClient } from './create-client.ts';
import type { ConnectionOptions } from './options.ts';

/**
 * One connection for what is published to one channel. Whatever is published while it is away is lost, which is why
 * it tells when it is back.
 */
export class RedisListener implements Closeable {
  readonly #client: Redis | Cluster;
  readonly #channel: string;
  readonly #handlers: ListenerHandlers;
  #subscribed: Promise<void> | undefined;
  #closed = false;

  constructor(options: ConnectionOptions, channel: string, handlers: ListenerHandlers) {
    this.#channel = channel;
    this.#handlers = handlers;
    this.#client = createClient(options);
    this.#client.on('error', () => undefined); // the loss of the connection is what its callers see of it
    this.#client.on('messageBuffer', (_: Buffer, message: Buffer) => handlers.message(message));
    this.#client.on('ready', () => void this.#subscribe());
    this.#client.on('end', () => this.#connect());
    this.#connect();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#client.disconnect();
    await this.#subscribed;
  }

  #connect(): void {
    if (!this.#closed) this.#client.connect().catch(() => undefined); // comes again as `end` or `close`
  }

  async #subscribe(): Promise<void> {
    this.#subscribed = this.#client.subscribe(this.#channel).then(
      () => this.#handlers.listening(),
      () => undefined, // the connection is lost again, and the next one subscribes
    );
    await this.#subscribed;
  }
}

export interface ListenerHandlers {
  message(message: Buffer): void;
  /** From now on nothing that is published is missed. */
  listening(): void;
}
