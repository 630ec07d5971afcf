import type { IndexDescription } from 'mongodb';
import { MongoServerError } from 'mongodb';
import type { MongoConnection } from './mongo-connection.ts';

/** Building an index over many documents takes its time. */
const buildMs = 600_000;

/** Makes a collection and its indexes where they are not there yet. */
export const makeCollection = async (
  mongo: MongoConnection,
  name: string,
  indexes: readonly IndexDescription[],
): Promise<void> => {
  const deadline = performance.now() + buildMs;
  await mongo.run({ changes: false, deadline }, async () => {
    await passing(alreadyThere, () => mongo.db.createCollection(name));
    for (const index of indexes)
      await passing(servedByAnother, () => mongo.db.collection(name).createIndexes([index]));
  });
};

/** NamespaceExists. */
const alreadyThere: ReadonlySet<unknown> = new Set([48]);
/** IndexOptionsConflict: there is one of the same keys under another name, which does as well. */
const servedByAnother: ReadonlySet<unknown> = new Set([85]);

const passing = async (codes: ReadonlySet<unknown>, work: () => Promise<unknown>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof MongoServerError && codes.has(error.code))) throw error;
  }
};
