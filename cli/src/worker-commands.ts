import type { Command } from 'commander';
import type { Act } from './call.ts';
import { queuesOption } from './declare.ts';
import { wholeNumber } from './parse-option.ts';

export const addWorkerCommands = (program: Command, act: Act): void => {
  program
    .command('up')
    .description('start here: a worker in this process, and what it works with')
    .helpGroup('Start:')
    .option(
      '--concurrency <n>',
      'tasks of each queue at once (default: from the config)',
      wholeNumber(1, 1_000),
    )
    .action(act(async () => (await import('./up.ts')).up));
  program
    .command('worker')
    .description('a worker, without the talk of `up`')
    .helpGroup('Start:')
    .addOption(queuesOption('work on this queue only'))
    .option(
      '--concurrency <n>',
      'tasks of each queue at once (default: from the config)',
      wholeNumber(1, 1_000),
    )
    .action(act(async () => (await import('./worker.ts')).work));
};
