import { type Closeable, ClosedError, ConnectionError, isWaybillError } from '@waybill/core';
import type { Redis } from 'ioredis';
import { createClient } from './create-client.ts';
import { InFlight } from './in-flight.ts';
import type { ConnectionOptions } from './options.ts';
import { prefixOf } from './prefix.ts';
import { defineScript, type Script } from './script.ts';
import { ServerClock } from './server-clock.ts';
import { isUnsent, replyCode, translateError } from './translate-error.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What Redis answers; bulk strings as buffers. */
export type Reply = number | string | Buffer | null | readonly Reply[];
export type Argument = string | number | Buffer;

export interface CallOptions {
  /** Whether the call writes, so that without an answer its outcome is in doubt. */
  readonly changes: boolean;
  /** Instead of `requestMs`. */
  readonly ms?: number;
}

const scanPortion = 1_000;

const clock = defineScript('clock', { changes: false }, "return redis.call('TIME')");

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
 * One connection, which comes back by itself. Every call settles within its deadline, waits for a connection as
 * long as that allows, and is sent at most once: a `ConnectionError` says that nothing has happened, an
 * `InDoubtError` that nobody knows.
 */
export class RedisConnection implements Closeable {
  /** First part of every key; the braces make it the hash tag. */
  readonly prefix: string;
  readonly #options: ConnectionOptions;
  readonly #client: Redis;
  readonly #inFlight = new InFlight();
  readonly #waiting: WaitingRoom;
  #usable = false;
  readonly #clock = new ServerClock();
  #measuring = false;
  #handshake: NodeJS.Timeout | undefined;
  #lastError: unknown;
  #closed = false;

  /** Throws a `ConnectionError` if the server cannot be reached within `requestMs`. */
  static async open(options: ConnectionOptions): Promise<RedisConnection> {
    const connection = new RedisConnection(options);
    try {
      await connection.#connected(performance.now() + options.requestMs);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  private constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#waiting = new WaitingRoom(options);
    this.prefix = prefixOf(options.namespace);
    this.#client = createClient(options);
    this.#client.on('error', (error: unknown) => this.#failed(error));
    this.#client.on('connect', () => this.#await());
    this.#client.on('ready', () => void this.#greet());
    this.#client.on('close', () => this.#lost());
    this.#client.on('end', () => this.#connect());
    this.#connect();
  }

  /** Whether it leads to whichever node of a cluster has its keys. */
  get isCluster(): boolean {
    return this.#options.cluster !== undefined;
  }

  /** The server's clock, in milliseconds since 1970, as well as it is known without asking. */
  get serverNow(): number {
    return this.#clock.now;
  }

  /** Runs a script, and teaches it to the server where that is necessary. */
  async run(script: Script, keys: readonly string[], args: readonly Argument[], ms?: number): Promise<Reply> {
    const deadline = this.#deadline(ms);
    if (script.changes && this.#usable && this.#clock.isDoubtful) this.#measure();
    for (;;) {
      try {
        return await this.#runOnce(script, keys, args, deadline);
      } catch (error) {
        // Its clock was set, or ours stood still: what is too late there is not too late here.
        if (!isTooLate(error) || performance.now() >= deadline) throw error;
        this.#clock.forget();
        await this.now(Math.max(0, deadline - performance.now()));
      }
    }
  }

  async #runOnce(
    script: Script,
    keys: readonly string[],
    args: readonly Argument[],
    deadline: number,
  ): Promise<Reply> {
    const ask = (command: string, how: string): Promise<Reply> =>
      this.#ask(deadline, script.changes, command, () => {
        const notAfter = script.changes ? [String(Math.floor(this.#clock.at(deadline)))] : [];
        return [how, keys.length, ...keys, ...notAfter, ...args];
      });
    try {
      return await ask('EVALSHA', script.sha);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return ask('EVAL', script.lua);
    }
  }

  /** Any command. */
  call(command: string, args: readonly Argument[], { changes, ms }: CallOptions): Promise<Reply> {
    return this.#ask(this.#deadline(ms), changes, command, () => args);
  }

  /** Every key that matches, in portions, some perhaps twice; those that come or go meanwhile perhaps not. */
  async *scan(pattern: string): AsyncGenerator<readonly Buffer[]> {
    let cursor = '0';
    do {
      const args = [cursor, 'MATCH', pattern, 'COUNT', scanPortion];
      const reply = await this.call('SCAN', args, { changes: false });
      const [next, keys] = reply as readonly [Buffer, Buffer[]]; // the reply of SCAN
      cursor = String(next);
      yield keys;
    } while (cursor !== '0');
  }

  /** Asks the server for its clock. */
  async now(ms?: number): Promise<number> {
    const before = performance.now();
    const now = millisOf(await this.run(clock, [this.prefix], [], ms));
    this.#clock.learn(now, before, performance.now());
    return now;
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

  #deadline(ms = this.#options.requestMs): number {
    return performance.now() + ms;
  }

  /** Sends as soon as there is a connection, once. */
  async #ask(
    deadline: number,
    changes: boolean,
    command: string,
    args: () => readonly Argument[],
  ): Promise<Reply> {
    for (;;) {
      if (!this.#usable || this.#closed) await this.#connected(deadline);
      try {
        return await this.#request(command, args(), changes, deadline);
      } catch (error) {
        if (!(error instanceof Error && isUnsent(error.cause)) || performance.now() >= deadline) throw error;
        this.#usable = false; // its end is not known here yet; `ready` follows
      }
    }
  }

  async #request(
    command: string,
    args: readonly Argument[],
    changes: boolean,
    deadline: number,
  ): Promise<Reply> {
    // A lost connection ends it, since ioredis leaves calls without an answer there; and the deadline.
    const patience = this.#inFlight.begin(changes, deadline, () => this.#reconnect());
    try {
      const answered = this.#client.callBuffer(command, ...args);
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

  /** No call goes out before the server's clock is known. */
  async #greet(): Promise<void> {
    const before = performance.now();
    const args = [clock.lua, 1, this.prefix];
    try {
      const reply = await this.#request('EVAL', args, false, before + this.#options.requestMs);
      this.#clock.forget(); // another server, perhaps
      this.#clock.learn(millisOf(reply), before, performance.now());
    } catch (error) {
      this.#failed(error);
      return this.#reconnect();
    }
    clearTimeout(this.#handshake);
    this.#usable = true;
    this.#waiting.empty();
  }

  /** Meanwhile. */
  #measure(): void {
    if (this.#measuring) return;
    this.#measuring = true;
    const over = (): void => void (this.#measuring = false);
    this.now().then(over, over); // if it cannot be asked now, the next request will
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

  #connected(deadline: number): Promise<void> {
    if (this.#closed) return Promise.reject(new ClosedError('the connection to Redis is closed'));
    return this.#waiting.wait(deadline, () => this.#lastError);
  }
}

const isTooLate = (error: unknown): boolean =>
  error instanceof ConnectionError && error.facts['redis'] === 'WBLATE';

/** Of the reply of TIME. */
const millisOf = (reply: Reply): number => {
  const [seconds, micros] = reply as readonly Buffer[]; // as it is documented
  return Number(seconds) * 1000 + Number(micros) / 1000;
};

const isUnknownScript = (error: unknown): boolean =>
  error instanceof ConnectionError && error.facts['redis'] === 'NOSCRIPT';
