import type { AnyBulkWriteOperation, UpdateFilter } from 'mongodb';
import { type MongoDocument, documentOf } from '../document.ts';
import { ownField } from '../field-name.ts';
import { filterOf, type KeyPlan } from './transaction-plan.ts';

const versionPath = `${ownField}.version`;

/** The document that an insert puts there. */
export const insertedDocument = ({ key, write }: KeyPlan, version: number): MongoDocument =>
  documentOf(key, write?.kind === 'put' ? write.fields : {}, { version });

/** One of `bulkWrite`: a write of a document that must be there, or may be. */
export const bulkOperation = (plan: KeyPlan, version: number): AnyBulkWriteOperation<MongoDocument> => {
  if (plan.write?.kind !== 'put')
    return { updateOne: { filter: filterOf(plan), update: updateOf(plan, version) } };
  const { _id, ...replacement } = insertedDocument(plan, version);
  return { replaceOne: { filter: filterOf(plan), replacement, upsert: plan.presence === 'any' } };
};

/** Also of a document that is only expected: a change, so that no two transactions overlook each other. */
export const updateOf = ({ write }: KeyPlan, version: number): UpdateFilter<MongoDocument> => {
  if (write?.kind !== 'patch') return { $set: { [`${ownField}.readBy`]: version } };
  return {
    $set: { ...write.set, [versionPath]: version },
    ...(write.unset.length > 0 && { $unset: Object.fromEntries(write.unset.map((name) => [name, ''])) }),
  };
};
