import { type CancelAnswer, isOver, type TaskRecord } from '@waybill/core';
import type { Entry } from '../diary.ts';
import type { FinalState } from '../final-state.ts';
import { nameTask } from './name-task.ts';

/** What clients were told is true: nothing is lost, one key is one task, a cancel means what it says. */
export const checkAnswers = ({ diary, tasks, outbox }: FinalState): string[] => [
  ...[...tasks.values()].filter(({ phase }) => !isOver(phase)).map((task) => `${nameTask(task)} never ended`),
  ...(outbox === 0 ? [] : [`${outbox} messages are still in the outbox`]),
  ...diary.flatMap((entry) =>
    entry.kind === 'submitted' && !tasks.has(entry.id) ? [`${entry.key} is lost`] : [],
  ),
  ...checkKeys(diary),
  ...checkCancels(diary, tasks),
];

const checkKeys = (diary: readonly Entry[]): string[] => {
  const answers = Map.groupBy(
    diary.filter((entry) => entry.kind === 'submitted'),
    ({ key }) => key,
  );
  const intended = diary.flatMap((entry) => (entry.kind === 'intends' ? [entry.intent.key] : []));
  return [
    ...intended.filter((key) => !answers.has(key)).map((key) => `${key} was never answered`),
    ...[...answers].flatMap(([key, given]) => {
      const ids = new Set(given.map(({ id }) => id));
      const created = given.filter(({ outcome }) => outcome === 'created').length;
      return [
        ...(ids.size > 1 ? [`the key ${key} has ${ids.size} tasks`] : []),
        ...(created > 1 ? [`${key} was created ${created} times`] : []),
      ];
    }),
  ];
};

const checkCancels = (diary: readonly Entry[], tasks: FinalState['tasks']): string[] =>
  diary.flatMap((entry) => {
    if (entry.kind !== 'cancelled') return [];
    const task = tasks.get(entry.id);
    if (task === undefined) return [`${entry.id} was cancelled (${entry.answer}) and is not there`];
    return isTrue(entry.answer, task.phase)
      ? []
      : [`a cancel answered ${entry.answer}, and yet: ${nameTask(task)}`];
  });

/** `cancelling` promises that it never completes: a rollback that was under way already may end as failed. */
const isTrue = (answer: CancelAnswer['answer'], phase: TaskRecord['phase']): boolean => {
  switch (answer) {
    case 'cancelled':
      return phase === 'cancelled';
    case 'cancelling':
      return phase !== 'completed';
    case 'too-late':
      return phase !== 'cancelled';
    case 'unknown':
      return false;
  }
};
