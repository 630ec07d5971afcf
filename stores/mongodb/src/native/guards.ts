import type { ClientSession, Collection, Db } from 'mongodb';
import type { MongoConnection } from '../mongo-connection.ts';
import { isDuplicateKey } from '../translate-error.ts';

interface Guard {
  readonly _id: string;
  readonly raised: number;
}

/** So many for each collection, so that writers seldom meet at one of them. */
const places = 16;

/**
 * A transaction that relies on what a query gave must not overlook a document that another one brings into it: their
 * snapshots do not conflict by themselves. So each collection has some guards. A transaction over several documents
 * raises one of them for each collection that it writes to, whichever it likes; one that relies on a query raises all
 * of that collection's: of two that exclude each other the server lets one through.
 *
 * Transactions of a single document raise none. They read nothing but what they write, in one instant, so that
 * whoever has not seen them can be taken to have come before them.
 *
 * Core's own collections have none: core believes no page of theirs, but compares and sets each document of it.
 */
export const isGuarded = (collection: string): boolean => !collection.startsWith('waybill.');

/** Makes the guards of a collection, if they are not there yet. */
export const makeGuards = async (mongo: MongoConnection, collection: string): Promise<void> => {
  const guards = guardsOf(mongo.db);
  await mongo.run({ changes: false }, async () => {
    if ((await guards.countDocuments({ _id: { $in: allOf(collection) } })) === places) return;
    try {
      await guards.insertMany(
        allOf(collection).map((_id) => ({ _id, raised: 0 })),
        { ordered: false },
      );
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  });
};

/** Raises them in one request. */
export const raiseGuards = async (
  db: Db,
  session: ClientSession,
  { written, relied }: { readonly written: ReadonlySet<string>; readonly relied: ReadonlySet<string> },
): Promise<void> => {
  const whole = [...relied].flatMap(allOf);
  const single = [...written].filter((name) => isGuarded(name) && !relied.has(name)).map(anyOf);
  const wanted = [...whole, ...single];
  if (wanted.length === 0) return;
  await guardsOf(db).updateMany({ _id: { $in: wanted } }, { $inc: { raised: 1 } }, { session });
};

const guardsOf = (db: Db): Collection<Guard> => db.collection<Guard>('_waybill.guards');

const allOf = (collection: string): string[] =>
  Array.from({ length: places }, (_, i) => `${collection} ${i}`);
const anyOf = (collection: string): string => `${collection} ${Math.floor(Math.random() * places)}`;
