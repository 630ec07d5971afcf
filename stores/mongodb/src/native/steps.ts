import type { CommitOutcome } from '@waybill/core';
import { setTimeout as pause } from 'node:timers/promises';
import type { MongoConnection } from '../mongo-connection.ts';
import { type Alone, commitAlone } from './commit-alone.ts';
import { commitTogether, kindOf } from './commit-together.ts';
import { transact } from './transact.ts';
import type { TransactionPlan } from './transaction-plan.ts';

/** A transaction of a batch. */
export interface Numbered {
  /** In the batch. */
  readonly place: number;
  readonly plan: TransactionPlan;
  readonly version: number;
}

/** One thing to do, and of which transactions it gives the outcomes. */
export interface Step {
  readonly places: readonly number[];
  run(): Promise<readonly CommitOutcome[]>;
}

export interface StepContext {
  readonly mongo: MongoConnection;
  /** By `performance.now()`. */
  readonly deadline: number;
}

/** Transactions that touch different documents: those of one document go together, as far as the server can tell them apart. */
export const stepsOf = (context: StepContext, wave: readonly Numbered[]): readonly Step[] =>
  [...Map.groupBy(wave, groupOf).values()].flatMap((group) =>
    portions(group).map((each) => stepOf(context, each)),
  );

/** Larger requests are no faster, and hold others up. */
const mostTogether = 500;

const portions = (group: readonly Numbered[]): readonly (readonly Numbered[])[] =>
  Array.from({ length: Math.ceil(group.length / mostTogether) }, (_, i) =>
    group.slice(i * mostTogether, (i + 1) * mostTogether),
  );

/** Transactions of the same group can be one request. */
const groupOf = (transaction: Numbered): unknown => {
  const alone = aloneOf(transaction);
  const kind = alone === undefined ? 'none' : kindOf(alone);
  return kind === 'none' ? transaction : `${kind} ${alone?.plan.key.collection}`;
};

const aloneOf = ({ plan, version }: Numbered): Alone | undefined => {
  const [first] = plan.keys;
  if (plan.impossible !== undefined || plan.ranges.length > 0) return undefined;
  if (first === undefined || plan.keys.length > 1) return undefined;
  return { plan: first, version, ...(plan.reads && { reads: plan.reads }) };
};

const stepOf = (context: StepContext, group: readonly Numbered[]): Step => {
  const alone = group.map(aloneOf).filter((each) => each !== undefined);
  const [first] = alone;
  const kind = first === undefined ? 'none' : kindOf(first);
  const { mongo, deadline } = context;
  const run = (): Promise<readonly CommitOutcome[]> =>
    kind === 'none'
      ? Promise.all(group.map((each) => commitOne(context, each)))
      : commitTogether(mongo, kind, alone, deadline);
  return { places: group.map(({ place }) => place), run };
};

const commitOne = async (context: StepContext, transaction: Numbered): Promise<CommitOutcome> => {
  const { mongo, deadline } = context;
  const { plan, version } = transaction;
  if (plan.impossible !== undefined) return { result: 'conflict', key: plan.impossible };
  if (plan.keys.length + plan.ranges.length === 0)
    return { result: 'committed', version: 0, ...(plan.reads && { documents: [] }) };
  const alone = aloneOf(transaction);
  if (alone !== undefined) return commitAlone(mongo, alone, deadline);
  return mongo.run({ changes: true, deadline }, () =>
    mongo.withSession({ snapshot: false }, (session) =>
      transact({ session, db: mongo.db, deadline, pause: randomPause }, plan, version),
    ),
  );
};

const longestPauseMs = 100;

/** Longer with every try, and by chance, so that two that hinder each other part. */
const randomPause = async (tries: number): Promise<void> => {
  await pause(Math.random() * Math.min(longestPauseMs, 2 ** tries));
};
