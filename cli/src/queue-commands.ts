import type { Command } from 'commander';
import type { Act } from './call.ts';
import { anyTenantOption, queuesOption, yesOption } from './declare.ts';

export const addQueueCommands = (program: Command, act: Act): void => {
  const queue = program.command('queue').description('see and clear what waits').helpGroup('Work:');
  queue
    .command('status')
    .description('what waits and runs in each queue, and who works on it')
    .action(act(async () => (await import('./queue-status.ts')).showStatus));
  queue
    .command('stats')
    .description('what has ended, how fast, and how long it took, as far as the records tell')
    .action(act(async () => (await import('./queue-stats.ts')).showStats));
  queue
    .command('clear')
    .description('cancel every task that has not begun')
    .addOption(queuesOption('only this queue'))
    .addOption(anyTenantOption())
    .addOption(yesOption())
    .option('--dry-run', 'only say how many there are')
    .action(act(async () => (await import('./queue-clear.ts')).clearQueues));
  queue
    .command('retry')
    .description('make delayed tasks due now and resume stuck rollbacks')
    .addOption(queuesOption('only this queue'))
    .addOption(anyTenantOption())
    .addOption(yesOption())
    .option('--dry-run', 'only say how many there are')
    .action(act(async () => (await import('./queue-retry.ts')).retryQueues));
  queue
    .command('servers')
    .description('the worker processes that are alive')
    .action(act(async () => (await import('./queue-servers.ts')).listServers));
};
