import type { CollectionSpec, Key, StoreCapabilities } from '@waybill/core';
import { keyName } from '@waybill/core';
import type {
  RawAnswer,
  RawDocument,
  RawPage,
  RawQuery,
  RawWrite,
  SingleDocuments,
} from '@waybill/journaled';
import type { IndexDescription } from 'mongodb';
import { DeclaredCollections } from '../declared-collections.ts';
import { idOf, type MongoDocument } from '../document.ts';
import { findDocuments } from '../find-documents.ts';
import { definitionsOf } from '../index-definition.ts';
import { makeCollection } from '../make-collection.ts';
import type { MongoConnection } from '../mongo-connection.ts';
import { ServerClock } from '../server-clock.ts';
import { refuseUnique } from './refuse-unique.ts';
import { rawDocumentOf } from './raw-document.ts';
import { writeEach } from './write-each.ts';

/** Partial, and not sparse: where it is not PostgreSQL behind it, that is the same. */
const sweepIndex = (name: string, path: string): IndexDescription => ({
  name,
  key: { [path]: 1 },
  partialFilterExpression: { [path]: { $exists: true } },
});

/** What the sweeps of the protocol look for. Nearly all documents are in neither. */
const sweepIndexes: readonly IndexDescription[] = [
  sweepIndex('waybill intents', '_waybill.intent.transaction'),
  sweepIndex('waybill tombstones', '_waybill.absent'),
];

/** Documents of a server that changes one at a time: a conditional write is all that is asked of it. */
export class MongoDocuments implements SingleDocuments {
  readonly capabilities: SingleDocuments['capabilities'];
  readonly #mongo: MongoConnection;
  readonly #clock: ServerClock;
  readonly #declared = new DeclaredCollections();

  constructor(mongo: MongoConnection, durability: StoreCapabilities['durability']) {
    this.#mongo = mongo;
    this.#clock = new ServerClock(mongo);
    this.capabilities = { durability, shared: true };
  }

  async prepare(collections: readonly CollectionSpec[]): Promise<void> {
    this.#declared.with(collections);
    for (const spec of collections) {
      await makeCollection(this.#mongo, spec.name, [
        ...definitionsOf(spec),
        ...(isSwept(spec.name) ? sweepIndexes : []),
      ]);
      await refuseUnique(this.#mongo, spec.name);
    }
    this.#declared.adopt(collections);
  }

  async read(keys: readonly Key[]): Promise<readonly (RawDocument | undefined)[]> {
    const found = new Map<string, MongoDocument>();
    const read = async (collection: string, wanted: readonly Key[]): Promise<void> => {
      const filter = { _id: { $in: wanted.map(idOf) } };
      for (const document of await this.#mongo.collection(collection).find(filter).toArray())
        found.set(keyName({ collection, ...document._id }), document);
    };
    const byCollection = Map.groupBy(keys, ({ collection }) => collection);
    await this.#mongo.run({ changes: false }, () =>
      Promise.all([...byCollection].map(([collection, wanted]) => read(collection, wanted))),
    );
    return keys.map((key) => {
      const document = found.get(keyName(key));
      return document && rawDocumentOf(key.collection, document);
    });
  }

  find(query: RawQuery): Promise<RawPage> {
    const collection = this.#mongo.collection(query.collection);
    return this.#mongo.run({ changes: false }, async () => {
      if (query.kind === 'index') {
        const { documents, total } = await findDocuments(collection, query);
        return { ...rawPage(query, documents), ...(total === undefined ? {} : { total }) };
      }
      if (query.limit === 0) return { documents: [] };
      const filter =
        query.kind === 'intents'
          ? { '_waybill.intent.transaction': { $exists: true } }
          : { '_waybill.absent': true, '_waybill.intent': { $exists: false } };
      return rawPage(query, await collection.find(filter).limit(query.limit).toArray());
    });
  }

  write(writes: readonly RawWrite[]): Promise<readonly RawAnswer[]> {
    return writeEach(this.#mongo, writes);
  }

  now(): Promise<number> {
    return this.#clock.now();
  }

  close(): Promise<void> {
    return this.#mongo.close();
  }
}

/** The protocol's own collections have neither intents nor tombstones. */
const isSwept = (collection: string): boolean =>
  collection !== 'waybill.journal' && collection !== 'waybill.counters';

/** One that was moved while it was looked for may have been seen in both places. */
const rawPage = ({ collection }: RawQuery, documents: readonly MongoDocument[]): RawPage => {
  const seen = new Map(
    documents.map((document) => [`${document._id.tenant}\0${document._id.id}`, document] as const),
  );
  return { documents: [...seen.values()].map((document) => rawDocumentOf(collection, document)) };
};
