import type { TaskRecord } from '@waybill/core';
import type { Entry } from '../history.ts';
import { recordOf, tasks } from '../records.ts';
import { type Arrow, arrowOf } from './arrows.ts';

/** One step of one task. */
export interface Step {
  readonly at: number;
  readonly by: string;
  readonly taskId: string;
  readonly before: TaskRecord | undefined;
  readonly after: TaskRecord | undefined;
  /** `undefined`: no arrow of the state machine leads there. */
  readonly arrow: Arrow | undefined;
  /** Everything that the transaction of this step wrote. */
  readonly commit: Extract<Entry, { kind: 'commit' }>;
}

/** Every step of every task, in the order in which the store applied them. */
export const stepsOf = (history: readonly Entry[]): Step[] => {
  const steps: Step[] = [];
  const latest = new Map<string, TaskRecord>();
  for (const commit of history) {
    if (commit.kind !== 'commit') continue;
    for (const { key, after: fields } of commit.changes) {
      if (key.collection !== tasks) continue;
      const before = latest.get(key.id);
      const after = fields === undefined ? undefined : recordOf(key.id, fields);
      if (after === undefined) latest.delete(key.id);
      else latest.set(key.id, after);
      const { at, by } = commit;
      steps.push({ at, by, taskId: key.id, before, after, arrow: arrowOf(before, after), commit });
    }
  }
  return steps;
};
