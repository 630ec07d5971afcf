import {
  classify,
  commitUnit,
  type EngineContext,
  failAttempt,
  isWaybillError,
  lookAgain,
  permanent,
  policyOf,
  rollBack,
  transient,
} from '@waybill/core';
import { type Claim, handlers, marks } from './task-world.fixture.ts';
import { topics, type Topic } from './task-oracle.ts';

/** What a handler would do now, if it may. */
export type Wish = 'complete' | 'fail' | 'fail for good';

export interface EndOptions {
  /** The node has lost its effects, and undoes none. Default no. */
  readonly isStranger?: boolean;
}

/** An attempt to its end, as a worker makes it: commit, or fail and roll back. Answers how it ended. */
export const endClaim = async (
  claim: Claim,
  wish: Wish,
  { isStranger = false }: EndOptions = {},
): Promise<string> => {
  const { node, lease, unit } = claim;
  const context = isStranger ? { ...node.engine.context, effects: new Map() } : node.engine.context;
  if (lease.record.mode === 'rollback') return rollBack(context, lease);
  try {
    if (wish === 'complete') return await complete(claim);
    if (unit.doomed !== undefined) throw unit.doomed;
    throw wish === 'fail' ? transient('as wished') : permanent('as wished');
  } catch (error) {
    await unit.close();
    return settle(context, claim, error);
  }
};

/** Counts the commits of the task in a document, which must become visible with the end of the task or never. */
const complete = async ({ node, lease, unit }: Claim): Promise<'completed'> => {
  const { id } = lease.record;
  if (unit.doomed === undefined) {
    const documents = unit.documents(marks);
    const mark = await documents.get(id);
    documents.put(id, { commits: (mark?.commits ?? 0) + 1 });
  }
  await commitUnit(node.engine.context, lease, unit, { result: null, log: [] });
  return 'completed';
};

const settle = async (context: EngineContext, { lease }: Claim, error: unknown): Promise<string> => {
  if (isWaybillError(error) && error.code === 'WB_LEASE_LOST' && lease.state === 'held')
    await lookAgain(context, lease);
  if (lease.state === 'cancelled') return rollBack(context, lease);
  if (lease.state !== 'held') return 'lost';
  const topic = lease.record.topic as Topic; // the model has no others
  if (!Object.hasOwn(topics, topic)) throw new Error(`there is no topic ${topic}`);
  const policy = policyOf(lease.record, handlers[topic], context.settings);
  return failAttempt(context, lease, { error: classify(error), policy, log: [] });
};
