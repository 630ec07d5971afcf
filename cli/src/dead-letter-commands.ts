import { type Command, Option } from 'commander';
import type { Act } from './call.ts';
import {
  addPageOptions,
  anyTenantOption,
  queueOption,
  tenantOption,
  topicOption,
  yesOption,
} from './declare.ts';

export const addDeadLetterCommands = (program: Command, act: Act): void => {
  const letters = program
    .command('dead-letter')
    .description('tasks that failed for good, with the history of their errors')
    .helpGroup('Work:');
  addPageOptions(
    letters
      .command('list')
      .description('list dead letters, or what they died of')
      .addOption(topicOption())
      .addOption(queueOption())
      .addOption(anyTenantOption())
      .addOption(new Option('--by-cause', 'count all of them by topic and error').conflicts('after')),
  ).action(act(async () => (await import('./dead-letter-list.ts')).listDeadLetters));
  letters
    .command('show')
    .description('show a dead letter with every failure and its stack')
    .argument('<id>', 'the id of a failed task')
    .addOption(tenantOption())
    .action(act(async () => (await import('./dead-letter-show.ts')).showDeadLetter));
  addMany(letters.command('replay'), 'replay')
    .description('submit a dead letter anew, once; prints the id of the new task')
    .action(act(async () => (await import('./dead-letter-replay.ts')).replayDeadLetters));
  addMany(letters.command('purge'), 'purge')
    .description('remove a dead letter for good')
    .action(act(async () => (await import('./dead-letter-purge.ts')).purgeDeadLetters));
};

const addMany = (command: Command, verb: string): Command =>
  command
    .argument('[id]', `the dead letter to ${verb}`)
    .option('--all', `${verb} every dead letter that matches the options below`)
    .addOption(topicOption())
    .addOption(queueOption())
    .option('--tenant <tenant>', 'the tenant of the task (default: default), or with --all only this one')
    .addOption(yesOption());
