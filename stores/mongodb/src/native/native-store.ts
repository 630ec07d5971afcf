import {
  checkKey,
  type CollectionSpec,
  type CommitOutcome,
  cursorBehind,
  type DocumentStore,
  type Key,
  keyName,
  type Page,
  type Query,
  type StoreCapabilities,
  type Stored,
  type Transaction,
} from '@waybill/core';
import { declaredCapabilities } from '../declared-capabilities.ts';
import { DeclaredCollections } from '../declared-collections.ts';
import { idOf, type MongoDocument, storedOf } from '../document.ts';
import { findDocuments, placeOf } from '../find-documents.ts';
import { indexQuery } from '../index-query.ts';
import { definitionsOf } from '../index-definition.ts';
import { makeCollection } from '../make-collection.ts';
import type { MongoConnection } from '../mongo-connection.ts';
import { ServerClock } from '../server-clock.ts';
import { commitBatch } from './commit-batch.ts';
import { isGuarded, makeGuards } from './guards.ts';
import { Versions } from './versions.ts';

export interface NativeOptions {
  readonly durability: StoreCapabilities['durability'];
  readonly parallel: number;
}

/** Documents of a server that has transactions over several of them, and reads of one instant. */
export class NativeStore implements DocumentStore {
  readonly capabilities: StoreCapabilities;
  readonly #mongo: MongoConnection;
  readonly #parallel: number;
  readonly #versions: Versions;
  readonly #clock: ServerClock;
  readonly #declared = new DeclaredCollections();

  constructor(mongo: MongoConnection, { durability, parallel }: NativeOptions) {
    this.#mongo = mongo;
    this.#parallel = parallel;
    this.#versions = new Versions(mongo);
    this.#clock = new ServerClock(mongo);
    this.capabilities = { ...declaredCapabilities, durability };
  }

  async prepare(collections: readonly CollectionSpec[]): Promise<void> {
    this.#mongo.assertOpen();
    this.#declared.with(collections);
    for (const spec of collections) {
      await makeCollection(this.#mongo, spec.name, definitionsOf(spec));
      if (isGuarded(spec.name)) await makeGuards(this.#mongo, spec.name);
    }
    this.#declared.adopt(collections);
  }

  async get(keys: readonly Key[]): Promise<readonly (Stored | undefined)[]> {
    this.#mongo.assertOpen();
    for (const key of keys) {
      this.#declared.assert(key.collection);
      checkKey(key);
    }
    const asked = keys.map(({ collection, tenant, id }) => ({ collection, tenant, id }));
    const found = await this.#read(asked);
    return asked
      .map((key) => found.get(keyName(key)))
      .map((document, i) => document && storedOf(asked[i]?.collection ?? '', document));
  }

  async find(query: Query): Promise<Page> {
    this.#mongo.assertOpen();
    const wanted = indexQuery(query, this.#declared.index(query));
    const asked = { ...wanted, limit: wanted.limit + 1 };
    const { documents, total: count } = await this.#mongo.run({ changes: false }, () =>
      this.#mongo.withSession({ snapshot: true }, (session) =>
        findDocuments(this.#mongo.collection(query.collection), asked, session),
      ),
    );
    const page = documents.slice(0, wanted.limit);
    const last = page.at(-1);
    return {
      documents: page.map((document) => storedOf(query.collection, document)),
      ...(documents.length > wanted.limit && {
        next: cursorBehind(last && placeOf(wanted, last), query.after),
      }),
      ...(count !== undefined && { total: count }),
    };
  }

  async commit(batch: readonly Transaction[]): Promise<readonly CommitOutcome[]> {
    this.#mongo.assertOpen();
    if (batch.length === 0) return [];
    return commitBatch(
      {
        mongo: this.#mongo,
        versions: this.#versions,
        parallel: this.#parallel,
        declared: this.#declared,
      },
      batch,
    );
  }

  now(): Promise<number> {
    return this.#clock.now();
  }

  close(): Promise<void> {
    return this.#mongo.close();
  }

  /** One document as it is, several as they were at one instant. */
  async #read(keys: readonly Key[]): Promise<ReadonlyMap<string, MongoDocument>> {
    const found = new Map<string, MongoDocument>();
    const byCollection = Map.groupBy(keys, ({ collection }) => collection);
    if (keys.length === 0) return found;
    await this.#mongo.run({ changes: false }, () =>
      this.#mongo.withSession({ snapshot: keys.length > 1 }, async (session) => {
        for (const [collection, wanted] of byCollection) {
          const documents = this.#mongo
            .collection(collection)
            .find({ _id: { $in: wanted.map(idOf) } }, { session });
          for (const document of await documents.toArray())
            found.set(keyName({ collection, ...document._id }), document);
        }
      }),
    );
    return found;
  }
}
