import { type Closeable, ClosedError, isWaybillError } from '@waybill/core';
import type { Redis } from 'ioredis';
import { createClient } from './create-client.ts';
import { InFlight } from './in-flight.ts';
import type { ConnectionOptions } from './options.ts';
import { isUnsent, replyCode, translateError } from './translate-error.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What Redis answers; bulk strings as buffers. */
export type Reply = number | string | Buffer | null | readonly Reply[];
export type Argument = string | number | Buffer;

export interface Request {
  readonly command: string;
  /** Asked for when it is sent. */
  args(): readonly Argument[];
  /** Whether it writes, so that without an answer its outcome is in doubt. */
  readonly changes: boolean;
  /** By the local monotonic clock. */
  readonly deadline: number;
}

/** The first request of each new connection; until it is answered no other is sent. */
export interface Greeting {
  readonly request: Omit<Request, 'deadline'>;
  answered(reply: Reply, sentAt: number): void;
}

/** Replies after which this connection leads to the wrong server. */
const elsewhere: ReadonlySet<string | undefined> = new Set([
  'READONLY',
  'MASTERDOWN',
  'MOVED',
  'CLUSTERDOWN',
]);
/** Replies that no patience changes. */
const refused: ReadonlySet<unknown> = new Set(['NOAUTH', 'WRONGPASS', 'NOPERM']);

/**
 * One connection, which comes back by itself. Every request settles within its deadline, waits for a connection as long
 * as that allows, and is sent at most once: a `ConnectionError` says that nothing has happened, an `InDoubtError` that
 * nobody knows.
 */
export class RedisLink implements Closeable {
  readonly #options: ConnectionOptions;
  readonly #greeting: Greeting;
  readonly #client: Redis;
  readonly #inFlight = new InFlight();
  readonly #waiting: WaitingRoom;
  #usable = false;
  #handshake: NodeJS.Timeout | undefined;
  #lastError: unknown;
  #closed = false;

  constructor(options: ConnectionOptions, greeting: Greeting) {
    this.#options = options;
    this.#greeting = greeting;
    this.#waiting = new WaitingRoom(options);
    this.#client = createClient(options);
    this.#client.on('error', (error: unknown) => this.#failed(error));
    this.#client.on('connect', () => this.#await());
    this.#client.on('ready', () => void this.#greet());
    this.#client.on('close', () => this.#lost());
    this.#client.on('end', () => this.#connect());
    this.#connect();
  }

  /** Whether a request would be sent at once. */
  get isUsable(): boolean {
    return this.#usable;
  }

  /** Resolves when there is a connection. */
  connected(deadline: number): Promise<void> {
    if (this.#closed) return Promise.reject(new ClosedError('the connection to Redis is closed'));
    return this.#waiting.wait(deadline, () => this.#lastError);
  }

  /** Sends as soon as there is a connection, once. */
  async ask(request: Request): Promise<Reply> {
    for (;;) {
      if (!this.#usable || this.#closed) await this.connected(request.deadline);
      try {
        return await this.#send(request);
      } catch (error) {
        const isOver = performance.now() >= request.deadline;
        if (isOver || !(error instanceof Error && isUnsent(error.cause))) throw error;
        this.#usable = false; // its end is not known here yet; `ready` follows
      }
    }
  }

  /** Takes no more calls, lets those in flight settle, then disconnects. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#waiting.empty(new ClosedError('the connection to Redis is closed'));
    }
    await this.#inFlight.idle();
    clearTimeout(this.#handshake);
    this.#client.disconnect();
  }

  /** Drops the connection at once; the calls in flight fail. For those who block on it and nothing else. */
  destroy(): void {
    this.#closed = true;
    this.#waiting.empty(new ClosedError('the connection to Redis is closed'));
    clearTimeout(this.#handshake);
    this.#client.disconnect();
    this.#inFlight.loseAll(this.#lastError);
  }

  async #send({ command, args, changes, deadline }: Request): Promise<Reply> {
    // A lost connection ends it, since ioredis leaves calls without an answer there; and the deadline.
    const patience = this.#inFlight.begin(changes, deadline, () => this.#reconnect());
    try {
      // As one argument, since a call cannot have a hundred thousand; ioredis copies it.
      const answered = this.#client.callBuffer(command, args() as Argument[]);
      return (await Promise.race([answered, patience.lost])) as Reply; // RESP2 knows nothing else
    } catch (error) {
      if (elsewhere.has(replyCode(error))) this.#reconnect();
      throw translateError(error, changes);
    } finally {
      patience.end();
    }
  }

  #connect(): void {
    if (this.#closed) return;
    this.#client.connect().catch((error: unknown) => this.#failed(error));
  }

  /** A handshake can hang in a network that swallows it, where ioredis would wait for ever. */
  #await(): void {
    clearTimeout(this.#handshake);
    if (this.#closed) return;
    this.#handshake = setTimeout(() => this.#reconnect(), this.#options.requestMs);
  }

  async #greet(): Promise<void> {
    const sentAt = performance.now();
    const { request, answered } = this.#greeting;
    try {
      answered(await this.#send({ ...request, deadline: sentAt + this.#options.requestMs }), sentAt);
    } catch (error) {
      this.#failed(error);
      return this.#reconnect();
    }
    clearTimeout(this.#handshake);
    this.#usable = true;
    this.#waiting.empty();
  }

  #lost(): void {
    clearTimeout(this.#handshake);
    this.#usable = false;
    this.#inFlight.loseAll(this.#lastError);
  }

  #failed(error: unknown): void {
    this.#lastError = error;
    const code = isWaybillError(error) ? error.facts['redis'] : replyCode(error);
    const isHopeless = refused.has(code) || (code === 'MOVED' && this.#options.cluster === undefined);
    if (isHopeless) this.#waiting.empty(translateError(error, false));
  }

  #reconnect(): void {
    if (!this.#closed) this.#client.disconnect(true);
  }
}
