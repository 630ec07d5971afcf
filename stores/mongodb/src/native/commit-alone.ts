import type { CommitOutcome, Key, Stored } from '@waybill/core';
import type { Collection } from 'mongodb';
import { type MongoDocument, storedOf } from '../document.ts';
import type { CallOptions, MongoConnection } from '../mongo-connection.ts';
import { isDuplicateKey } from '../translate-error.ts';
import { insertedDocument, updateOf } from './operations.ts';
import { filterOf, type KeyPlan, versionFor } from './transaction-plan.ts';

/** A transaction that touches one document, which the server decides in one write. */
export interface Alone {
  readonly plan: KeyPlan;
  readonly version: number;
  /** As asked: the document itself, so often, or not at all. */
  readonly reads?: readonly Key[];
}

/** Two that put the same document there at once: one of them is told so, and then it is there. */
const mostTries = 5;

export const commitAlone = async (
  mongo: MongoConnection,
  alone: Alone,
  deadline: number,
): Promise<CommitOutcome> => {
  const { plan, version, reads } = alone;
  const collection = mongo.collection(plan.key.collection);
  const call: CallOptions = { changes: plan.write !== undefined, deadline };
  const stored = await mongo.run(call, () => decide(collection, alone));
  if (stored === 'conflict') return { result: 'conflict', key: plan.key };
  return {
    result: 'committed',
    version: versionFor([plan], version),
    ...(reads && { documents: reads.map(() => stored) }),
  };
};

type Decided = Stored | undefined | 'conflict';

const decide = (collection: Collection<MongoDocument>, alone: Alone): Promise<Decided> => {
  const { write, presence } = alone.plan;
  if (write === undefined || (write.kind === 'delete' && presence === 'absent'))
    return check(collection, alone.plan);
  if (write.kind === 'delete') return remove(collection, alone.plan);
  if (write.kind === 'patch') return patch(collection, alone);
  return presence === 'absent' ? insert(collection, alone) : replace(collection, alone);
};

const check = async (collection: Collection<MongoDocument>, plan: KeyPlan): Promise<Decided> => {
  const found = await collection.findOne(filterOf(plan), { projection: { _id: 1 } });
  return (found === null) === (plan.presence === 'absent') ? undefined : 'conflict';
};

const insert = async (collection: Collection<MongoDocument>, { plan, version }: Alone): Promise<Decided> => {
  const document = insertedDocument(plan, version);
  try {
    await collection.insertOne(document);
    return storedOf(plan.key.collection, document);
  } catch (error) {
    if (isDuplicateKey(error)) return 'conflict';
    throw error;
  }
};

const replace = async (collection: Collection<MongoDocument>, { plan, version }: Alone): Promise<Decided> => {
  const { _id, ...replacement } = insertedDocument(plan, version);
  const upsert = plan.presence === 'any';
  for (let tries = 1; ; tries++) {
    try {
      const { matchedCount, upsertedCount } = await collection.replaceOne(filterOf(plan), replacement, {
        upsert,
      });
      if (matchedCount + upsertedCount === 0) return 'conflict';
      return storedOf(plan.key.collection, { _id, ...replacement });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      if (tries === mostTries) return 'conflict';
    }
  }
};

const patch = async (
  collection: Collection<MongoDocument>,
  { plan, version, reads }: Alone,
): Promise<Decided> => {
  const filter = filterOf(plan);
  const update = updateOf(plan, version);
  try {
    if (reads === undefined || reads.length === 0)
      return (await collection.updateOne(filter, update)).matchedCount === 0 ? 'conflict' : undefined;
    const document = await collection.findOneAndUpdate(filter, update, { returnDocument: 'after' });
    return document === null ? 'conflict' : storedOf(plan.key.collection, document);
  } catch (error) {
    if (isDuplicateKey(error)) return 'conflict'; // of a unique index that somebody has added
    throw error;
  }
};

const remove = async (collection: Collection<MongoDocument>, plan: KeyPlan): Promise<Decided> => {
  const { deletedCount } = await collection.deleteOne(filterOf(plan));
  return plan.presence === 'present' && deletedCount === 0 ? 'conflict' : undefined;
};
