import { type CommitOutcome, ConnectionError, InDoubtError, keyName, type Transaction } from '@waybill/core';
import type { DeclaredCollections } from '../declared-collections.ts';
import { type Numbered, type Step, type StepContext, stepsOf } from './steps.ts';
import { planTransaction } from './transaction-plan.ts';
import type { Versions } from './versions.ts';

export interface BatchContext extends Omit<StepContext, 'deadline'> {
  readonly versions: Versions;
  /** How many requests may be under way at once. */
  readonly parallel: number;
  readonly declared: DeclaredCollections;
}

/** Commits each transaction on its own, as many at once as do not touch the same document. */
export const commitBatch = async (
  context: BatchContext,
  batch: readonly Transaction[],
): Promise<readonly CommitOutcome[]> => {
  const deadline = context.mongo.deadline();
  const plans = batch.map((transaction) => planTransaction(transaction, context.declared));
  const versions = await context.versions.take(plans.length, deadline);
  const numbered = plans.map((plan, place) => ({ plan, place, version: versions[place] ?? 0 }));
  const outcomes: CommitOutcome[] = [];
  let answered = 0;
  for (const wave of wavesOf(numbered)) {
    const failures = await runAll(
      stepsOf({ ...context, deadline }, wave),
      context.parallel,
      (place, outcome) => {
        outcomes[place] = outcome;
        answered++;
      },
    );
    if (failures.length > 0) throw combined(failures, answered > 0);
  }
  return outcomes;
};

/** Each document is touched at most once in each wave, and in the order of the batch. */
const wavesOf = (transactions: readonly Numbered[]): readonly (readonly Numbered[])[] => {
  const waves: Numbered[][] = [];
  const next = new Map<string, number>();
  for (const transaction of transactions) {
    const names = transaction.plan.keys.map(({ key }) => keyName(key));
    const at = names.reduce((latest, name) => Math.max(latest, next.get(name) ?? 0), 0);
    for (const name of names) next.set(name, at + 1);
    (waves[at] ??= []).push(transaction);
  }
  return waves;
};

/** Runs every step, whatever becomes of the others; answers what they threw. */
const runAll = async (
  steps: readonly Step[],
  parallel: number,
  answer: (place: number, outcome: CommitOutcome) => void,
): Promise<readonly unknown[]> => {
  const failures: unknown[] = [];
  const waiting = steps.values();
  const work = async (): Promise<void> => {
    for (const { places, run } of waiting) {
      try {
        const outcomes = await run();
        for (const [i, outcome] of outcomes.entries()) answer(places[i] ?? 0, outcome);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, steps.length) }, work));
  return failures;
};

/** What a batch throws: if anything of it has happened, or may have, the whole of it is in doubt. */
const combined = (failures: readonly unknown[], isPartial: boolean): unknown => {
  const sure = failures.every((error) => error instanceof ConnectionError);
  if (!isPartial && (sure || failures.length === 1)) return failures[0];
  return failures.find((error) => error instanceof InDoubtError) ?? partly(failures[0]);
};

const partly = (cause: unknown): InDoubtError =>
  new InDoubtError('a part of the batch is committed, and the rest is not', { cause });
