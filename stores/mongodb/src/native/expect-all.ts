import type { CommitOutcome } from '@waybill/core';
import type { MongoConnection } from '../mongo-connection.ts';
import { filterOf, type KeyPlan } from './transaction-plan.ts';

/** A transaction that writes nothing: all that it expects held at one instant, or it did not. */
export const expectAll = (
  mongo: MongoConnection,
  keys: readonly KeyPlan[],
  deadline: number,
): Promise<CommitOutcome> =>
  mongo.run({ changes: false, deadline }, () =>
    mongo.withSession({ snapshot: true }, async (session) => {
      for (const plan of keys) {
        const found = await mongo
          .collection(plan.key.collection)
          .findOne(filterOf(plan), { session, projection: { _id: 1 } });
        if ((found === null) !== (plan.presence === 'absent')) return { result: 'conflict', key: plan.key };
      }
      return { result: 'committed', version: 0 };
    }),
  );
