import { type Closeable, ConnectionError } from '@waybill/core';
import type { ConnectionOptions } from './options.ts';
import { prefixOf } from './prefix.ts';
import { type Argument, RedisLink, type Reply } from './redis-link.ts';
import { defineScript, type Script } from './script.ts';
import { ServerClock } from './server-clock.ts';

export interface CallOptions {
  /** Whether the call writes, so that without an answer its outcome is in doubt. */
  readonly changes: boolean;
  /** Instead of `requestMs`. */
  readonly ms?: number;
}

const scanPortion = 1_000;

const clock = defineScript('clock', { changes: false }, "return redis.call('TIME')");

/** One server, or whichever of several has our keys: commands and scripts over a `RedisLink`. */
export class RedisConnection implements Closeable {
  /** First part of every key; the braces make it the hash tag. */
  readonly prefix: string;
  /** Whether it leads to whichever node of a cluster has its keys. */
  readonly isCluster: boolean;
  readonly #requestMs: number;
  readonly #link: RedisLink;
  readonly #clock = new ServerClock();
  #measuring = false;

  /** Throws a `ConnectionError` if the server cannot be reached within `requestMs`. */
  static async open(options: ConnectionOptions): Promise<RedisConnection> {
    const connection = new RedisConnection(options);
    try {
      await connection.#link.connected(performance.now() + options.requestMs);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  private constructor(options: ConnectionOptions) {
    this.prefix = prefixOf(options.namespace);
    this.isCluster = options.cluster !== undefined;
    this.#requestMs = options.requestMs;
    this.#link = new RedisLink(options, {
      // With a key, so that a wrong node of a cluster refuses.
      request: { command: 'EVAL', args: () => [clock.onServer.lua, 1, this.prefix], changes: false },
      answered: (reply, sentAt) => {
        this.#clock.forget(); // another server, perhaps
        this.#clock.learn(millisOf(reply), sentAt, performance.now());
      },
    });
  }

  /** The server's clock, in milliseconds since 1970, as well as it is known without asking. */
  get serverNow(): number {
    return this.#clock.now;
  }

  /** Runs a script, and teaches it to the server where that is necessary. */
  async run(script: Script, keys: readonly string[], args: readonly Argument[], ms?: number): Promise<Reply> {
    const deadline = this.#deadline(ms);
    if (script.changes && this.#link.isUsable && this.#clock.isDoubtful) this.#measure();
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
    rest: readonly Argument[],
    deadline: number,
  ): Promise<Reply> {
    const ask = (command: string, how: string): Promise<Reply> => {
      const args = (): readonly Argument[] => {
        const notAfter = script.changes ? [String(Math.floor(this.#clock.at(deadline)))] : [];
        return [how, keys.length, ...keys, ...notAfter, ...rest];
      };
      return this.#link.ask({ command, args, changes: script.changes, deadline });
    };
    const { lua, sha } = this.isCluster ? script.inCluster : script.onServer;
    try {
      return await ask('EVALSHA', sha);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return ask('EVAL', lua);
    }
  }

  /** Any command. */
  call(command: string, args: readonly Argument[], { changes, ms }: CallOptions): Promise<Reply> {
    return this.#link.ask({ command, args: () => args, changes, deadline: this.#deadline(ms) });
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
  close(): Promise<void> {
    return this.#link.close();
  }

  /** Drops the connection at once; the calls in flight fail. For those who block on it and nothing else. */
  destroy(): void {
    this.#link.destroy();
  }

  #deadline(ms = this.#requestMs): number {
    return performance.now() + ms;
  }

  /** Meanwhile. */
  #measure(): void {
    if (this.#measuring) return;
    this.#measuring = true;
    const over = (): void => void (this.#measuring = false);
    this.now().then(over, over); // if it cannot be asked now, the next request will
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
