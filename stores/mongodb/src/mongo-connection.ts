import { type Closeable, ClosedError, ConnectionError, InDoubtError, type WaybillError } from '@waybill/core';
import { type ClientSession, type Collection, type Db, MongoClient } from 'mongodb';
import { createClient } from './create-client.ts';
import type { MongoDocument } from './document.ts';
import { Heartbeats } from './heartbeats.ts';
import type { MongodbStoreOptions } from './options.ts';
import { translateError } from './translate-error.ts';

export interface CallOptions {
  /** Whether the call writes, so that without an answer its outcome is in doubt. */
  readonly changes: boolean;
  /** By `performance.now()`; default `requestMs` from now. */
  readonly deadline?: number;
}

/**
 * The driver's pool of connections, with a deadline around every call: a `ConnectionError` says that nothing has
 * happened, an `InDoubtError` that nobody knows. A client that has ceased to look for its servers is replaced.
 */
export class MongoConnection implements Closeable {
  readonly #options: MongodbStoreOptions;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #replaced = new Set<Promise<void>>();
  #link: Link;
  #closing: Promise<void> | undefined;

  /** Throws a `ConnectionError` if the server cannot be reached within `requestMs`. */
  static async open(options: MongodbStoreOptions): Promise<MongoConnection> {
    const connection = new MongoConnection(options);
    try {
      await connection.run({ changes: false }, () => connection.client.connect());
      return connection;
    } catch (error) {
      await connection.close();
      throw refusalIn(error) ?? unreachable(connection.client, error);
    }
  }

  private constructor(options: MongodbStoreOptions) {
    this.#options = options;
    this.#link = newLink(options);
  }

  /** The one of now: not to be kept. */
  get client(): MongoClient {
    return this.#link.client;
  }

  get db(): Db {
    return this.#link.db;
  }

  collection(name: string): Collection<MongoDocument> {
    return this.db.collection<MongoDocument>(name);
  }

  deadline(): number {
    return performance.now() + this.#options.requestMs;
  }

  /** Runs calls of the driver; settles at the deadline at the latest, whatever the driver does. */
  run<T>({ changes, deadline = this.deadline() }: CallOptions, work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) return Promise.reject(closed());
    if (this.#link.heartbeats.haveStopped) this.#replace();
    const settled = until(deadline, changes, work);
    this.#inFlight.add(settled);
    const forget = (): void => void this.#inFlight.delete(settled);
    settled.then(forget, forget);
    return settled;
  }

  /** A session for as long as the work takes. `snapshot`: all its reads see the same instant. */
  async withSession<T>(
    { snapshot }: { readonly snapshot: boolean },
    work: (session: ClientSession) => Promise<T>,
  ): Promise<T> {
    const session = this.client.startSession(snapshot ? { snapshot: true } : { causalConsistency: false });
    try {
      return await work(session);
    } finally {
      // Ends on the server by itself as well; nobody has to wait for it, and its failure says nothing about the work.
      session.endSession().catch(() => undefined);
    }
  }

  /** Throws a `ClosedError` once `close` was called. */
  assertOpen(): void {
    if (this.#closing !== undefined) throw closed();
  }

  /** Takes no more calls, lets those in flight settle, then disconnects. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.resolve(); // so that nothing begins between the look and the wait
    await Promise.allSettled([...this.#inFlight, ...this.#replaced]);
    await this.#disconnect(this.client);
  }

  /** The new client connects by itself with its first call. The old one may finish what it has begun. */
  #replace(): void {
    const { client } = this.#link;
    this.#link = newLink(this.#options);
    const gone = Promise.allSettled([...this.#inFlight])
      .then(() => this.#disconnect(client))
      .catch(() => undefined) // it is of no use to anybody any more
      .finally(() => this.#replaced.delete(gone));
    this.#replaced.add(gone);
  }

  #disconnect(client: MongoClient): Promise<void> {
    return until(this.deadline(), false, () => client.close());
  }
}

interface Link {
  readonly client: MongoClient;
  readonly db: Db;
  readonly heartbeats: Heartbeats;
}

/** It connects with its first call. */
const newLink = (options: MongodbStoreOptions): Link => {
  const client = createClient(options);
  const db = client.db(options.database ?? databaseOf(client));
  return { client, db, heartbeats: new Heartbeats(client) };
};

/** What a server said that was reached; `undefined` where none was, or none fit. */
const refusalIn = (error: unknown): unknown =>
  error instanceof ConnectionError && error.facts['mongodb'] === undefined ? undefined : error;

/** Names hosts and ports, and nothing else of the URL. */
const unreachable = ({ options }: MongoClient, cause: unknown): ConnectionError => {
  const servers = options.srvHost ?? options.hosts.map(String).join(', ');
  const { replicaSet } = options;
  return replicaSet
    ? new ConnectionError(`no primary of the replica set ${replicaSet} answers at ${servers}`, {
        cause,
        facts: { servers },
        fix: 'start its members, or correct hosts and replicaSet in the url',
      })
    : new ConnectionError(`MongoDB cannot be reached at ${servers}`, {
        cause,
        facts: { servers },
        fix: 'start it, or correct the url; where it wants TLS, say tls=true in it',
      });
};

/** The driver's own default for a URL that names no database is `test`. */
const databaseOf = (client: MongoClient): string =>
  client.options.dbName === 'test' ? 'waybill' : client.options.dbName;

const closed = (): ClosedError => new ClosedError('the store is closed');

const until = async <T>(deadline: number, changes: boolean, work: () => Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(noAnswer(changes)), Math.max(0, deadline - performance.now()));
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    throw translateError(error, changes);
  } finally {
    clearTimeout(timer);
  }
};

const noAnswer = (changes: boolean): WaybillError =>
  changes
    ? new InDoubtError('MongoDB did not answer; the outcome is unknown')
    : new ConnectionError('MongoDB did not answer');
