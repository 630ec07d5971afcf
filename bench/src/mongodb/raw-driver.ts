import { randomUUID } from 'node:crypto';
import { coalesce } from '@waybill/core';
import { type AnyBulkWriteOperation, type Collection, MongoClient } from 'mongodb';
import { type Committing, text } from './committing.ts';
import { serverUrl } from './server.ts';

interface Thing {
  readonly _id: { readonly tenant: string; readonly id: string };
  readonly phase: string;
  readonly at: number;
  readonly n: number;
  readonly text: string;
}

type Write = AnyBulkWriteOperation<Thing>;

const open = async () => {
  const client = await MongoClient.connect(serverUrl(), { writeConcern: { w: 'majority', journal: true } });
  const database = client.db(randomUUID());
  const things = database.collection<Thing>('things');
  await things.createIndex({ '_id.tenant': 1, phase: 1, at: 1, '_id.id': 1 });
  const close = async (): Promise<void> => {
    await database.dropDatabase();
    await client.close();
  };
  return { client, things, close };
};

const idOf = (n: number) => ({ tenant: 'bench', id: String(n) });

const fillOf =
  (things: Collection<Thing>) =>
  async (count: number): Promise<void> => {
    const all = Array.from({ length: count }, (_, n) => ({ _id: idOf(n), phase: 'open', at: n, n: 0, text }));
    for (let n = 0; n < count; n += 500) await things.insertMany(all.slice(n, n + 500), { ordered: false });
  };

const changed = (document: number, n: number): Write => ({
  updateOne: { filter: { _id: idOf(document), phase: 'open' }, update: { $set: { n } } },
});

/** As many requests as must be: whoever writes while a request is under way shares the next one. */
const sharing = (things: Collection<Thing>): ((writes: readonly Write[]) => Promise<void>) => {
  const together = coalesce<readonly Write[], void>(async (batch) => {
    await things.bulkWrite(batch.flat(), { ordered: false });
    return batch.map(() => undefined);
  });
  return (writes) => together.add(writes);
};

/** The limit: the same changes of the same documents by `bulkWrite`, nothing made whole. */
export const openRawBulk = async (): Promise<Committing> => {
  const { things, close } = await open();
  const write = sharing(things);
  const reading = coalesce<number, unknown>(async (batch) => {
    const found = await things.find({ _id: { $in: batch.map(idOf) } }).toArray();
    return batch.map((_, i) => found[i]);
  });
  const moved = (document: number, phase: string, to: string): Write => ({
    updateOne: { filter: { _id: idOf(document), phase }, update: { $set: { phase: to, at: document } } },
  });
  return {
    fill: fillOf(things),
    change: (documents, n) => write(documents.map((document) => changed(document, n))),
    claim: async (document) => {
      await write([moved(document, 'open', 'held')]);
      await reading.add(document);
    },
    finish: (document) => write([moved(document, 'held', 'done')]),
    close,
  };
};

/**
 * As many writes as the journal needs for a commit: an entry that is made, decided and removed, the guard of the
 * collection, and of each document an intent and its end. All of them in one request, which the journal cannot do.
 */
export const openRawJournal = async (): Promise<Committing> => {
  const { things, close } = await open();
  const write = sharing(things);
  return {
    fill: fillOf(things),
    change: (documents, n) => {
      const writes = documents.flatMap((document) => [changed(document, n), changed(document, n)]);
      const own = Array.from({ length: 4 }, () => changed(documents[0] ?? 0, n));
      return write([...writes, ...own]);
    },
    close,
  };
};

/** The driver's own transaction for each commit. */
export const openRawTransaction = async (): Promise<Committing> => {
  const { client, things, close } = await open();
  return {
    fill: fillOf(things),
    change: (documents, n) =>
      client.withSession(async (session) => {
        const options = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } } as const;
        await session.withTransaction(
          () =>
            things.bulkWrite(
              documents.map((document) => changed(document, n)),
              { session },
            ),
          options,
        );
      }),
    close,
  };
};
