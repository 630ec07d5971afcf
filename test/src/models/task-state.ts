import type { AsyncCommand } from 'fast-check';
import type { TaskOracle } from './task-oracle.ts';
import type { Claim, TaskWorld } from './task-world.fixture.ts';

/** What should be: the tasks, and the claims that somebody believes to have. */
export interface TaskModel {
  oracle: TaskOracle;
  claims: readonly Claim[];
}

export type TaskCommand = AsyncCommand<TaskModel, TaskWorld>;

/** The n-th, counted round and round. */
export const pick = <T>(items: readonly T[], which: number): T => {
  const item = items[which % items.length];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
};

/** The answer of a cancel in words. */
export const cancelOf = (answer: { readonly answer: string; readonly status?: string }): string =>
  answer.answer === 'too-late' ? `too-late ${answer.status}` : answer.answer;
