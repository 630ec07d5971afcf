import { type Closeable, ClosedError, pause, type WaybillError } from '@waybill/core';
import { addressesOf, connect, type ConnectOptions } from './connect.ts';
import { Session } from './session.ts';
import { isHopeless } from './translate-error.ts';
import { refusedAt, unreachable } from './unreachable.ts';

const firstRetryMs = 20;
const longestRetryMs = 2_000;

/** Soon, then more rarely, and never all processes at once. */
export const retryDelay = (times: number): number =>
  Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(times, 10)) * (0.5 + Math.random() / 2);

interface Waiting {
  session(session: Session): void;
  refuse(error: WaybillError): void;
}

/** A connection that comes back: amqplib's own ends with its socket. Whoever needs it asks for the session of now. */
export class RabbitConnection implements Closeable {
  readonly #options: ConnectOptions;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<Waiting>();
  readonly #addresses: readonly string[];
  #next: number;
  #running: Promise<void> | undefined;
  #current: Session | undefined;
  #lastError: unknown;

  /** Throws a `ConnectionError` if there is no server to be reached within `requestMs`. */
  static async open(options: ConnectOptions): Promise<RabbitConnection> {
    const connection = new RabbitConnection(options);
    try {
      await connection.session(performance.now() + options.requestMs);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Connects when it is first used. */
  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#addresses = addressesOf(options);
    this.#next = Math.floor(Math.random() * this.#addresses.length);
  }

  /** The session of now, where there is one. */
  get current(): Session | undefined {
    return this.#current?.isOver === false ? this.#current : undefined;
  }

  /** The session of now, or the next one. Throws a `ConnectionError` at the deadline, and where waiting is of no use. */
  session(deadline: number): Promise<Session> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closedError());
    const { current } = this;
    if (current !== undefined) return Promise.resolve(current);
    this.#running ??= this.#run();
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting = {
        session: (session) => {
          settle();
          resolve(session);
        },
        refuse: (error) => {
          settle();
          reject(error);
        },
      };
      const tooLate = (): void => waiting.refuse(unreachable(this.#options, this.#lastError));
      const timer = setTimeout(tooLate, Math.max(0, deadline - performance.now()));
      this.#waiting.add(waiting);
    });
  }

  /** Lets what was sent arrive, then disconnects. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      for (const waiting of [...this.#waiting]) waiting.refuse(this.#closedError());
      await this.#current?.close(performance.now() + Math.min(this.#options.requestMs, 1_000));
    }
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#closing.signal.aborted; ) {
      const url = this.#addresses[this.#next++ % this.#addresses.length] ?? this.#options.url;
      try {
        const session = await this.#connect(url);
        failures = 0;
        await session.ended;
        this.#lastError = session.lastError;
      } catch (error) {
        failures++;
        this.#failed(url, error);
      }
      this.#current = undefined;
      await pause(retryDelay(failures), this.#closing.signal);
    }
  }

  async #connect(url: string): Promise<Session> {
    const socket = new AbortController();
    const giveUp = (): void => socket.abort();
    // amqplib's own time limit begins again with each byte, and closing must not wait for it.
    const timer = setTimeout(giveUp, this.#options.requestMs);
    this.#closing.signal.addEventListener('abort', giveUp, { once: true });
    try {
      const session = new Session(await connect(url, this.#options, socket.signal), socket);
      this.#current = session;
      if (this.#closing.signal.aborted) session.drop();
      for (const waiting of [...this.#waiting]) waiting.session(session);
      return session;
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener('abort', giveUp);
    }
  }

  #failed(url: string, error: unknown): void {
    this.#lastError = error;
    if (!isHopeless(error)) return;
    for (const waiting of [...this.#waiting]) waiting.refuse(refusedAt(url, this.#options, error));
  }

  #closedError(): ClosedError {
    return new ClosedError('the connection to RabbitMQ is closed');
  }
}
