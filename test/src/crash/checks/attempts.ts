import { attemptOf, type TaskRecord } from '@waybill/core';
import type { FinalState } from '../final-state.ts';
import { tells, planOf } from '../workload/plan.ts';
import { nameTask } from './name-task.ts';

/** Attempts are counted once each, and what a task told is kept. */
export const checkAttempts = ({ tasks, logs }: FinalState): string[] =>
  [...tasks.values()].flatMap((task) => [
    ...checkCount(task).map((wrong) => `${nameTask(task)} ${wrong}`),
    ...checkLog(task, logs.get(task.id) ?? []).map((wrong) => `${nameTask(task)} ${wrong}`),
  ]);

const checkCount = (task: TaskRecord): string[] => {
  const attempts = attemptOf(task);
  const failed = new Set((task.failures ?? []).filter(isOfRun).map(({ attempt }) => attempt));
  const expected = task.phase === 'completed' ? attempts - 1 : attempts;
  return [
    ...(attempts > task.attempts ? [`had more than ${task.attempts} attempts`] : []),
    ...(attempts < 1 && task.phase !== 'cancelled' ? ['ended without an attempt'] : []),
    ...(task.phase !== 'cancelled' && failed.size !== expected
      ? [`has failures of ${failed.size} attempts instead of ${expected}`]
      : []),
    ...(task.phase === 'failed' && failed.size === 0 ? ['failed without a failure'] : []),
  ];
};

/** A rollback's failures are kept with those of the attempts. */
const isOfRun = ({ message }: { readonly message: string }): boolean => !message.startsWith('undo: ');

const checkLog = (
  task: TaskRecord,
  lines: FinalState['logs'] extends ReadonlyMap<string, infer L> ? L : never,
) => {
  const places = lines.map(({ seq }) => seq);
  const grows = places.every((place, i) => i === 0 || place > (places[i - 1] ?? 0));
  const missesLast =
    task.phase === 'completed' &&
    tells(planOf(task)) &&
    !lines.some(({ fields }) => fields?.['attempt'] === attemptOf(task));
  return [
    ...(grows ? [] : ['has log lines out of order or twice']),
    ...(missesLast ? ['has lost the log of its last attempt'] : []),
  ];
};
