import { isIP } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { type API, Connection, ResponseError } from '@platformatic/kafka';
import { ClosedError } from '@waybill/core';
import type { ConnectionOptions } from '../options.ts';
import { Passing } from '../patiently.ts';
import { unanswered, unreachable } from '../translate-error.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface CallOptions {
  /** Of `performance.now()`. */
  readonly deadline: number;
  /** Whether the call writes, so that without an answer its outcome is in doubt. */
  readonly changes: boolean;
}

/** `host:port`. */
export const nameOf = ({ host, port }: Address): string => `${host}:${port}`;

/** The library would end requests by itself; we do, at their deadlines. */
const never = 2 ** 31 - 1;

/**
 * One connection at a time, to the node that was called last. Kafka answers the requests of a connection one after
 * the other, so that a request that waits gets a lane of its own.
 */
export class ConnectionLane {
  readonly #options: ConnectionOptions;
  #at: string | undefined;
  #connection: Promise<Connection> | undefined;
  #live: Connection | undefined;
  /** Ends the wait for a connection that is dropped before it stands, of which the library says nothing. */
  #giveUp: (() => void) | undefined;
  #hasConnected = false;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The response, also one with error codes in it. A `Passing` failure if there is none. */
  async call<Args extends unknown[], Response>(
    node: Address,
    api: API<Args, Response>,
    args: Args,
    { deadline, changes }: CallOptions,
  ): Promise<Response> {
    const connection = await this.#connected(node, deadline);
    const late = lateness(deadline);
    try {
      return await Promise.race([api.async(connection, ...args), late.promise]);
    } catch (error) {
      if (error instanceof ResponseError) return error['response'] as Response; // that is where it has it
      this.#forget(connection);
      throw new Passing(unanswered(nameOf(node), changes, error));
    } finally {
      late.clear();
    }
  }

  /** Drops the connection: whoever waits on it hears of it at once. */
  drop(): void {
    if (this.#live !== undefined) this.#forget(this.#live);
  }

  close(): void {
    this.#closed = true;
    this.drop();
  }

  async #connected(node: Address, deadline: number): Promise<Connection> {
    if (this.#closed) throw new ClosedError('the connection to Kafka is closed');
    const at = nameOf(node);
    if (this.#at !== at || (this.#hasConnected && this.#live?.isConnected() === false)) this.drop();
    this.#at = at;
    this.#connection ??= this.#connect(node, deadline);
    return this.#connection;
  }

  async #connect(node: Address, deadline: number): Promise<Connection> {
    const { host, port } = node;
    const { sasl, tls } = this.#options;
    const connectTimeout = Math.max(1, Math.min(this.#options.requestMs, deadline - performance.now()));
    const tlsOptions = tls === undefined || tls === false ? undefined : toTlsOptions(tls, host);
    const connection = new Connection('waybill', {
      connectTimeout,
      requestTimeout: never,
      maxInflights: 1_000,
      ...(tlsOptions === undefined ? {} : { tls: tlsOptions }),
      ...(sasl === undefined ? {} : { sasl: withoutAbsent(sasl) }),
    });
    connection.on('error', () => undefined); // its calls fail, and tell
    this.#live = connection;
    this.#hasConnected = false;
    try {
      await Promise.race([connection.connect(host, port), this.#dropped()]);
      this.#hasConnected = this.#live === connection;
    } catch (error) {
      this.#forget(connection);
      const said = unreachable(nameOf(node), error);
      throw said.facts['kafka'] === undefined ? new Passing(said) : said;
    }
    return connection;
  }

  #dropped(): Promise<never> {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined); // nobody waits for it once the connection stands
    this.#giveUp = () => reject(new Error('the connection was dropped'));
    return promise;
  }

  #forget(connection: Connection): void {
    if (this.#live === connection) {
      this.#live = undefined;
      this.#connection = undefined;
      this.#giveUp?.();
    }
    connection.socket?.destroy();
  }
}

const toTlsOptions = (
  tls: Exclude<ConnectionOptions['tls'], undefined | false>,
  host: string,
): TlsOptions => ({
  ...(isIP(host) === 0 ? { servername: host } : {}),
  ...(tls === true ? {} : withoutAbsent(tls)),
});

/** Without the properties that are undefined, which the library would take at their word. */
const withoutAbsent = <T extends object>(value: T): { readonly [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>; // what is left of it
  };

const lateness = (deadline: number): { readonly promise: Promise<never>; clear(): void } => {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined); // nobody waits for it once the answer is there
  const late = (): void => reject(new Error('no answer in time'));
  const timer = setTimeout(late, Math.max(0, deadline - performance.now()));
  return { promise, clear: () => clearTimeout(timer) };
};
