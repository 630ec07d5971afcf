import { type CommitOutcome, InDoubtError } from '@waybill/core';
import { MongoBulkWriteError, type BulkWriteResult } from 'mongodb';
import { type MongoDocument, storedOf, versionOf } from '../document.ts';
import type { MongoConnection } from '../mongo-connection.ts';
import { duplicatesOf } from '../translate-error.ts';
import { type Alone, commitAlone } from './commit-alone.ts';
import { bulkOperation, insertedDocument } from './operations.ts';

/** How the server can be asked to do many of a kind in one request. */
export type Kind = 'insert' | 'update' | 'none';

export const kindOf = ({ plan: { write, presence } }: Alone): Kind => {
  if (write === undefined || write.kind === 'delete') return 'none';
  if (write.kind === 'patch') return 'update';
  return presence === 'absent' ? 'insert' : presence === 'present' ? 'update' : 'none';
};

/** Transactions of one document each, all of one kind, of one collection, and of different documents. */
export const commitTogether = async (
  mongo: MongoConnection,
  kind: Exclude<Kind, 'none'>,
  group: readonly Alone[],
  deadline: number,
): Promise<readonly CommitOutcome[]> => {
  const [first] = group;
  if (first === undefined) return [];
  if (group.length === 1) return [await commitAlone(mongo, first, deadline)];
  return kind === 'insert' ? insertAll(mongo, group, deadline) : updateAll(mongo, group, deadline);
};

/** The server tells for each whether its key was taken. */
const insertAll = async (
  mongo: MongoConnection,
  group: readonly Alone[],
  deadline: number,
): Promise<readonly CommitOutcome[]> => {
  const collection = mongo.collection(collectionOf(group));
  const documents = group.map(({ plan, version }) => insertedDocument(plan, version));
  const taken = await mongo.run({ changes: true, deadline }, async () => {
    try {
      await collection.insertMany(documents, { ordered: false });
      return new Set<number>();
    } catch (error) {
      const duplicates = duplicatesOf(error);
      if (duplicates === undefined) throw error;
      return duplicates;
    }
  });
  return group.map((alone, i) => (taken.has(i) ? conflict(alone) : committed(alone, documents[i])));
};

/**
 * The server tells only how many it has found as they were wanted. Where that is not all, or where a document is
 * wanted afterwards, it is read what each is now: the version of a transaction is nobody else's.
 */
const updateAll = async (
  mongo: MongoConnection,
  group: readonly Alone[],
  deadline: number,
): Promise<readonly CommitOutcome[]> => {
  const collection = mongo.collection(collectionOf(group));
  const { matched, failed } = await mongo.run({ changes: true, deadline }, () =>
    matchesOf(() =>
      collection.bulkWrite(
        group.map(({ plan, version }) => bulkOperation(plan, version)),
        { ordered: false },
      ),
    ),
  );
  const isFull = matched === group.length;
  const asked = group.filter((alone) => !isFull || readsOf(alone) > 0);
  if (asked.length === 0) return group.map((alone) => committed(alone, undefined));
  const now = await mongo.run({ changes: true, deadline }, () => readBack(mongo, asked, !isFull));
  const own = (alone: Alone): MongoDocument | undefined => {
    const document = now.get(nameOf(alone));
    return document !== undefined && versionOf(document) === alone.version ? document : undefined;
  };
  const seen = group.filter((alone) => own(alone) !== undefined).length;
  if (isFull ? asked.some((alone) => own(alone) === undefined) : seen !== matched) throw overtaken();
  return group.map((alone, i) => {
    const document = own(alone);
    return failed.has(i) || (!isFull && document === undefined)
      ? conflict(alone)
      : committed(alone, document);
  });
};

/** How many were found as wanted, and which could not be written: by a unique index that somebody has added. */
const matchesOf = async (
  work: () => Promise<BulkWriteResult>,
): Promise<{ readonly matched: number; readonly failed: ReadonlySet<number> }> => {
  try {
    return { matched: (await work()).matchedCount, failed: new Set() };
  } catch (error) {
    const failed = duplicatesOf(error);
    if (failed === undefined || !(error instanceof MongoBulkWriteError)) throw error;
    return { matched: error.result.matchedCount, failed };
  }
};

const readBack = async (
  mongo: MongoConnection,
  asked: readonly Alone[],
  versionsOnly: boolean,
): Promise<ReadonlyMap<string, MongoDocument>> => {
  const ids = asked.map(({ plan: { key } }) => ({ tenant: key.tenant, id: key.id }));
  const wanted = versionsOnly && !asked.some((alone) => readsOf(alone) > 0);
  const found = await mongo
    .collection(collectionOf(asked))
    .find({ _id: { $in: ids } }, wanted ? { projection: { _waybill: 1 } } : {})
    .toArray();
  return new Map(found.map((document) => [`${document._id.tenant}\0${document._id.id}`, document]));
};

const nameOf = ({ plan: { key } }: Alone): string => `${key.tenant}\0${key.id}`;
const collectionOf = ([first]: readonly Alone[]): string => first?.plan.key.collection ?? '';

const readsOf = ({ reads = [] }: Alone): number => reads.length;

const conflict = ({ plan }: Alone): CommitOutcome => ({ result: 'conflict', key: plan.key });

const committed = ({ plan, version, reads }: Alone, document: MongoDocument | undefined): CommitOutcome => ({
  result: 'committed',
  version,
  ...(reads && { documents: reads.map(() => document && storedOf(plan.key.collection, document)) }),
});

const overtaken = (): InDoubtError =>
  new InDoubtError(
    'somebody has written again what a batch has just written; which of it was committed is not seen',
  );
