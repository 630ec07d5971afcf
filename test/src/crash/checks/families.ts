import type { FinalState } from '../final-state.ts';
import { nameTask } from './name-task.ts';

/** A follow-up task exists exactly if its parent has completed. */
export const checkFamilies = ({ tasks, marks }: FinalState): string[] => [
  ...[...marks].flatMap(([id, { children }]) =>
    children
      .filter((child) => !tasks.has(child))
      .map((child) => `${id} has committed without its child ${child}`),
  ),
  ...[...tasks.values()].flatMap((task) => {
    if (task.parent === undefined) return [];
    const isNamed = marks.get(task.parent)?.children.includes(task.id) === true;
    return isNamed && tasks.get(task.parent)?.phase === 'completed'
      ? []
      : [`${nameTask(task)} is the child of a parent that did not commit it`];
  }),
];
