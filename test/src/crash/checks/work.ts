import type { FinalState } from '../final-state.ts';

/** Something was done: where nothing happens, nothing goes wrong. */
export const checkWork = ({ tasks }: Pick<FinalState, 'tasks'>): string[] =>
  [...tasks.values()].some(({ phase }) => phase === 'completed')
    ? []
    : [`none of ${tasks.size} tasks was completed, which proves nothing`];
