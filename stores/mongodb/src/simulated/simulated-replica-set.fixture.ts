import { setTimeout as pause } from 'node:timers/promises';
import { Long, Timestamp } from 'mongodb';
import { type Doc, textOf } from './bson-values.fixture.ts';
import { collectionOf, commands, isWrite, Refused, type Touch } from './commands.fixture.ts';
import { applied, type Data, View } from './data.fixture.ts';
import { listen } from './wire.fixture.ts';

/** What a test does to one request. */
export type Mischief =
  /** Answers this, and does nothing. */
  | { readonly kind: 'refuse'; readonly answer: Doc }
  /** Does it, and ends the connection. */
  | { readonly kind: 'lose the answer' }
  /** Ends the connection, and does nothing. */
  | { readonly kind: 'lose the request' };

interface Open {
  readonly db: string;
  readonly view: View;
  /** When it began, on the server's clock of commits. */
  readonly since: number;
}

const transient = 'TransientTransactionError';
const keptSnapshots = 200;
const mustWait = new Error('the document is held by a transaction');
const waiting: Doc = {};

/**
 * A primary, as its manual describes it and no more: transactions are snapshots, and of two that write the same
 * document the second is told so at once. It stands in for a real replica set where none is to be had; what it cannot
 * show is that the real one behaves like its manual.
 */
export class SimulatedReplicaSet {
  /** Asked before each command; the first answer that is not `undefined` is what happens. */
  mischief: (name: string, command: Doc) => Mischief | undefined = () => undefined;
  readonly seen: string[] = [];
  #now = 1;
  #data: ReadonlyMap<string, Data> = new Map();
  readonly #snapshots = new Map<number, ReadonlyMap<string, Data>>();
  /** When each document was last written, and which transaction is writing it. */
  readonly #written = new Map<string, number>();
  readonly #held = new Map<string, string>();
  readonly #open = new Map<string, Open>();
  readonly #committed = new Set<string>();
  #server: Awaited<ReturnType<typeof listen>> | undefined;

  static async start(): Promise<SimulatedReplicaSet> {
    const simulated = new SimulatedReplicaSet();
    simulated.#server = await listen((command) => simulated.#receive(command));
    return simulated;
  }

  get url(): string {
    return `mongodb://127.0.0.1:${this.#server?.port}/?directConnection=true`;
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }

  async #receive(command: Doc): Promise<Doc | undefined> {
    const [name = ''] = Object.keys(command);
    if (command['txnNumber'] !== undefined || commands[name] !== undefined) this.seen.push(name);
    const mischief = this.mischief(name, command);
    if (mischief?.kind === 'refuse') return mischief.answer;
    if (mischief?.kind === 'lose the request') return undefined;
    let answer = this.#answer(name, command);
    // A write that is no transaction's waits until the one that holds its document is over.
    for (; answer === waiting; answer = this.#answer(name, command)) await pause(1);
    return mischief === undefined ? answer : undefined;
  }

  #answer(name: string, command: Doc): Doc {
    try {
      return { ok: 1, ...this.#run(name, command) };
    } catch (error) {
      if (error === mustWait) return waiting;
      if (!(error instanceof Refused)) throw error;
      return error.answer;
    }
  }

  #run(name: string, command: Doc): Doc {
    switch (name) {
      case 'hello':
      case 'ismaster':
      case 'isMaster':
        return this.#hello();
      case 'buildInfo':
        return { version: '8.0.0', gitVersion: 'simulated' };
      case 'serverStatus':
        return { storageEngine: { name: 'simulated', persistent: true } };
      case 'commitTransaction':
        return this.#commit(transactionOf(command));
      case 'abortTransaction':
        return this.#abort(transactionOf(command));
      case 'endSessions':
      case 'ping':
        return {};
    }
    return command['autocommit'] === false ? this.#within(name, command) : this.#alone(name, command);
  }

  #alone(name: string, command: Doc): Doc {
    const db = String(command['$db']);
    const concern = (command['readConcern'] ?? {}) as { level?: string; atClusterTime?: Timestamp };
    const at = concern.level === 'snapshot' ? (concern.atClusterTime?.getHighBits() ?? this.#now) : this.#now;
    const view = new View((this.#snapshots.get(at) ?? this.#data).get(db) ?? new Map());
    const answer = this.#perform(name, command, view, (collection, id) => {
      if (this.#held.has(nameOf(db, collection, id))) throw mustWait;
    });
    if (isWrite(name)) this.#publish(db, view);
    const cursor = answer['cursor'] as Doc | undefined;
    if (concern.level === 'snapshot' && cursor !== undefined)
      cursor['atClusterTime'] = new Timestamp({ t: at, i: 0 });
    return answer;
  }

  #within(name: string, command: Doc): Doc {
    const id = transactionOf(command);
    const db = String(command['$db']);
    if (command['startTransaction'] === true) {
      this.#keep();
      this.#open.set(id, { db, view: new View(this.#data.get(db) ?? new Map()), since: this.#now });
    }
    const open = this.#open.get(id);
    if (open === undefined) throw new Refused(251, 'NoSuchTransaction', [transient]);
    try {
      return this.#perform(name, command, open.view, (collection, document) => {
        const key = nameOf(db, collection, document);
        const holder = this.#held.get(key) ?? id;
        if (holder !== id || (this.#written.get(key) ?? 0) > open.since)
          throw new Refused(112, 'WriteConflict', [transient]);
        this.#held.set(key, id);
      });
    } catch (error) {
      if (error instanceof Refused) this.#forget(id);
      throw error;
    }
  }

  #perform(name: string, command: Doc, view: View, touch: Touch): Doc {
    const run = commands[name];
    if (run === undefined) throw new Refused(59, 'CommandNotFound');
    const answer = run(view, collectionOf(name, command), command, touch);
    // A key that is taken ends a transaction.
    if (command['autocommit'] === false && answer['writeErrors'] !== undefined)
      this.#forget(transactionOf(command));
    return answer;
  }

  #commit(id: string): Doc {
    const open = this.#open.get(id);
    if (open === undefined) {
      if (this.#committed.has(id)) return {};
      throw new Refused(251, 'NoSuchTransaction', [transient]);
    }
    this.#publish(open.db, open.view);
    this.#committed.add(id);
    this.#forget(id);
    return {};
  }

  #abort(id: string): Doc {
    this.#forget(id);
    return {};
  }

  #forget(id: string): void {
    this.#open.delete(id);
    for (const [key, holder] of this.#held) if (holder === id) this.#held.delete(key);
  }

  #publish(db: string, view: View): void {
    this.#now++;
    this.#data = new Map(this.#data).set(db, applied(this.#data.get(db) ?? new Map(), view.changes));
    for (const [collection, documents] of view.changes)
      for (const id of documents.keys()) this.#written.set(`${db} ${collection} ${id}`, this.#now);
    this.#keep();
  }

  #keep(): void {
    this.#snapshots.set(this.#now, this.#data);
    this.#snapshots.delete(this.#now - keptSnapshots);
  }

  #hello(): Doc {
    return {
      isWritablePrimary: true,
      ismaster: true,
      setName: 'simulated',
      hosts: [`127.0.0.1:${this.#server?.port}`],
      me: `127.0.0.1:${this.#server?.port}`,
      setVersion: 1,
      maxBsonObjectSize: 16_777_216,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      logicalSessionTimeoutMinutes: 30,
      minWireVersion: 0,
      maxWireVersion: 25,
      localTime: new Date(),
      readOnly: false,
    };
  }
}

const transactionOf = (command: Doc): string =>
  `${textOf(command['lsid'])} ${Long.fromValue(command['txnNumber'] as number).toString()}`;

const nameOf = (db: string, collection: string, id: unknown): string => `${db} ${collection} ${textOf(id)}`;
