import type { FinalState } from '../final-state.ts';
import { effectsOf, planOf } from '../workload/plan.ts';
import { nameTask } from './name-task.ts';

/** The effects of a completed task are on, once each; those of any other are off. */
export const checkEffects = ({ tasks, keysOn }: FinalState): string[] => {
  const on = Map.groupBy(keysOn, (key) => key.split('.')[0] ?? '');
  return [
    ...[...tasks.values()].flatMap((task) => {
      const expected = task.phase === 'completed' ? effectsOf(planOf(task)) : 0;
      const found = on.get(task.id)?.length ?? 0;
      return found === expected ? [] : [`${nameTask(task)} has ${found} effects on instead of ${expected}`];
    }),
    ...[...on.keys()]
      .filter((id) => !tasks.has(id))
      .map((id) => `an effect of ${id} is on, and no such task is there`),
  ];
};
