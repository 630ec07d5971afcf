import {
  checkKey,
  ClosedError,
  type CollectionSpec,
  type CommitOutcome,
  ConnectionError,
  type DocumentStore,
  InDoubtError,
  type Key,
  type Page,
  type Query,
  type StoreCapabilities,
  type Stored,
  type Transaction,
} from '@waybill/core';
import { inspectServer, RedisConnection, refuseUnsafe, type Reply } from '@waybill/redis';
import { buildIndex } from './build-index.ts';
import { Catalog, type Unfinished } from './catalog.ts';
import { outcomesOf } from './commit-outcomes.ts';
import { CommitRequest } from './commit-request.ts';
import { hasOverlay, type RawDocument } from './decode-document.ts';
import { type DocumentsReply, type PackedReply, rawDocuments } from './documents-reply.ts';
import { briefFields, briefPageOf, packFind, pageOf } from './find-request.ts';
import { memberOf } from './member.ts';
import { declaredCapabilities } from './declared-capabilities.ts';
import { type RedisStoreOptions, redisStoreOptions } from './options.ts';
import { commitScript } from './scripts/commit-script.ts';
import { findScript } from './scripts/find-script.ts';
import { getScript } from './scripts/get-script.ts';
import { PackerPool } from './packer-pool.ts';
import { storedOf } from './stored.ts';

/** Longer requests are cut between transactions: each is one step that blocks the server. */
const longestRequest = 2 ** 22;

/** Throws a `ConfigError` for a server that evicts keys, or is a replica. */
export const openRedisStore = async (options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> => {
  const complete = redisStoreOptions.parse(options);
  const redis = await RedisConnection.open(complete);
  try {
    const inspection = await inspectServer(redis, 'documents');
    refuseUnsafe(inspection);
    return new RedisStore(redis, complete, inspection.durability);
  } catch (error) {
    await redis.close();
    throw error;
  }
};

/** A DocumentStore in Redis; see `openRedisStore`. All keys of a namespace share a hash tag, so that a script sees them at once. */
export class RedisStore implements DocumentStore {
  readonly capabilities: StoreCapabilities;
  readonly commitsAtOnce = 3;
  readonly #redis: RedisConnection;
  readonly #requestMs: number;
  readonly #key: string;
  readonly #catalog: Catalog;
  readonly #packers = new PackerPool();
  #closed = false;

  constructor(redis: RedisConnection, { requestMs }: RedisStoreOptions, durability: 'process' | 'disk') {
    this.#redis = redis;
    this.#requestMs = requestMs;
    this.#key = `${redis.prefix}:store`;
    this.#catalog = new Catalog(redis, this.#key);
    this.capabilities = { ...declaredCapabilities, durability };
  }

  async prepare(collections: readonly CollectionSpec[]): Promise<void> {
    this.#assertOpen();
    if (collections.length === 0) return;
    await this.#build(await this.#catalog.add(collections, this.#deadline()));
  }

  async get(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]> {
    this.#assertOpen();
    if (keys.length === 0) return [];
    for (const key of keys) {
      checkKey(key);
      this.#catalog.get(key.collection);
    }
    const members = keys.map(memberOf);
    const deadline = this.#deadline();
    for (;;) {
      const found = await this.#fetch(keys, members, deadline);
      if (found !== undefined) return keys.map((key, i) => storedOf(this.#catalog, key, found[i]));
      await this.#refresh(new Map(), deadline);
    }
  }

  async find(query: Query): Promise<Page> {
    this.#assertOpen();
    const deadline = this.#deadline();
    let brief = briefFields(this.#catalog, query);
    for (;;) {
      const request = packFind(this.#catalog, this.#key, query, brief !== undefined);
      const reply = await this.#redis.run(findScript, [this.#key], [request], remaining(deadline));
      if (isStale(reply)) {
        await this.#refresh(new Map(), deadline);
        brief = briefFields(this.#catalog, query);
      } else if (brief === undefined) return pageOf(this.#catalog, query, packed(reply));
      else {
        const page = briefPageOf(this.#catalog, query, brief, packed(reply));
        if (page !== undefined) return page;
        brief = undefined;
      }
    }
  }

  async commit(batch: readonly Transaction[]): Promise<readonly CommitOutcome[]> {
    this.#assertOpen();
    const deadline = this.#deadline();
    const outcomes: CommitOutcome[] = [];
    let requests = await this.#requests(batch, deadline);
    try {
      for (let request = requests.shift(); request !== undefined; request = requests.shift()) {
        const reply = await this.#redis.run(
          commitScript,
          [this.#key],
          request.arguments(),
          remaining(deadline),
        );
        request.release();
        if (isStale(reply)) {
          await this.#refresh(new Map(), deadline);
          requests = await this.#requests(batch.slice(outcomes.length), deadline);
        } else outcomes.push(...outcomesOf(this.#catalog, request, packed(reply)));
      }
    } catch (error) {
      throw outcomes.length === 0 ? error : partly(error);
    }
    return outcomes;
  }

  async now(): Promise<number> {
    this.#assertOpen();
    return this.#redis.now();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#redis.close();
  }

  /** The whole batch is checked before any of it is sent. */
  async #requests(batch: readonly Transaction[], deadline: number): Promise<CommitRequest[]> {
    for (;;) {
      const requests: CommitRequest[] = [];
      for (const transaction of batch) {
        let request = requests.at(-1);
        if (request === undefined || request.size > longestRequest)
          requests.push((request = new CommitRequest(this.#catalog, this.#key, this.#packers)));
        request.add(transaction);
      }
      const wanted = requests.map((request) => request.wanted).filter(({ size }) => size > 0);
      if (wanted.length === 0) return requests;
      for (const columns of wanted) await this.#refresh(columns, deadline);
    }
  }

  /** After a loss of everything in Redis it may be that others have filled collections before we declared our indexes. */
  async #refresh(columns: ReadonlyMap<string, ReadonlySet<string>>, deadline: number): Promise<void> {
    await this.#build(await this.#catalog.addColumns(columns, deadline));
  }

  async #build(indexes: readonly Unfinished[]): Promise<void> {
    for (const index of indexes) await buildIndex(this.#redis, this.#key, index);
  }

  /**
   * One command sees one moment; documents with an overlay take a script to be seen so. `undefined`: the catalog has
   * changed under us.
   */
  async #fetch(
    keys: readonly Key[],
    members: readonly string[],
    deadline: number,
  ): Promise<readonly (RawDocument | undefined)[] | undefined> {
    const { version } = this.#catalog;
    const parts = keys.flatMap(({ collection }, i) => [
      `${this.#key}:d:${collection}:${members[i]}`,
      `${this.#key}:b:${collection}:${members[i]}`,
    ]);
    const asked = [`${this.#key}:version`, ...parts];
    const reply = await this.#redis.call('MGET', asked, { changes: false, ms: remaining(deadline) });
    const [current, ...values] = reply as readonly (Buffer | null)[]; // the reply of MGET
    if (current?.toString() !== version) return undefined;
    const heads = values.filter((_, i) => i % 2 === 0);
    if (!heads.some((head) => head !== null && hasOverlay(head)))
      return rawDocuments([heads, values.filter((_, i) => i % 2 === 1), []]);
    const args = [version, ...keys.flatMap(({ collection }, i) => [collection, members[i] ?? ''])];
    const whole = await this.#redis.run(getScript, [this.#key], args, remaining(deadline));
    return isStale(whole) ? undefined : rawDocuments(whole as unknown as DocumentsReply); // by the script
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClosedError('the store is closed');
  }

  #deadline(): number {
    return performance.now() + this.#requestMs;
  }
}

const remaining = (deadline: number): number => Math.max(0, deadline - performance.now());

/** The catalog has changed under us, and nothing has happened. */
const isStale = (reply: Reply): boolean => Buffer.isBuffer(reply) && reply.toString() === 'STALE';

const packed = (reply: Reply): PackedReply => reply as unknown as PackedReply; // by the scripts

/** Of a batch that was cut, some has been committed, so that the whole of it is in doubt. */
const partly = (error: unknown): unknown =>
  error instanceof ConnectionError
    ? new InDoubtError('a part of the batch is committed, and the rest is not', { cause: error })
    : error;
