import { type Command, Option } from 'commander';
import type { Act } from './call.ts';
import {
  addPageOptions,
  anyTenantOption,
  queueOption,
  statusOption,
  tenantOption,
  topicOption,
} from './declare.ts';
import { wholeNumber } from './parse-option.ts';

export const addTaskCommands = (program: Command, act: Act): void => {
  const task = program.command('task').description('submit tasks and look after them').helpGroup('Work:');
  addSubmit(task, act);
  task
    .command('get')
    .description('show a task: status, attempts, failures, effects, what to do next')
    .argument('<id>', 'the id of a task')
    .addOption(tenantOption())
    .action(act(async () => (await import('./task-get.ts')).getTask));
  addList(task, act);
  task
    .command('watch')
    .description('print the events of a task until it is over; the exit code is its outcome')
    .argument('<id>', 'the id of a task')
    .option('--after <seq>', 'begin after this event', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .addOption(tenantOption())
    .action(act(async () => (await import('./task-watch.ts')).watchTask));
  task
    .command('logs')
    .description('print the log lines of a task')
    .argument('<id>', 'the id of a task')
    .option('-f, --follow', 'go on until the task is over')
    .option('--after <seq>', 'begin after this line', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .addOption(tenantOption())
    .action(act(async () => (await import('./task-logs.ts')).printLogs));
  task
    .command('cancel')
    .description('cancel a task: what it has not committed never happens')
    .argument('<id>', 'the id of a task')
    .addOption(tenantOption())
    .action(act(async () => (await import('./task-cancel.ts')).cancelTask));
  task
    .command('retry')
    .description('run a failed or cancelled task anew, resume a stuck one, hurry a delayed one')
    .argument('<id>', 'the id of a task')
    .option('--again', 'also if it has completed: a new task does it once more')
    .addOption(tenantOption())
    .action(act(async () => (await import('./task-retry.ts')).retryTask));
};

const addSubmit = (task: Command, act: Act): void => {
  task
    .command('submit')
    .description('submit a task; prints its id, or with --wait its result')
    .argument('<topic>', 'what is to be done')
    .argument('[input]', 'JSON, or @FILE, or - for standard input', '{}')
    .option('--wait', 'wait until it is over; the exit code is its outcome')
    .option('--timeout <duration>', 'with --wait, wait no longer, such as 30s; the task goes on (exit 124)')
    .option('--priority <n>', '0 to 10; 8 and more is critical, below 4 batch', wholeNumber(0, 10))
    .addOption(queueOption('put it into this queue, whatever its priority'))
    .option('--due <when>', 'not before: 2027-01-31T08:00:00Z, or from now: 10m')
    .option('--deadline <when>', 'it fails if it has not completed by then')
    .option('--key <key>', 'idempotency key: submitting again under the same key submits nothing')
    .option('--any-topic', 'also if no loaded plugin knows the topic; the input is not checked')
    .addOption(tenantOption())
    .action(act(async () => (await import('./task-submit.ts')).submitTask));
};

const addList = (task: Command, act: Act): void => {
  addPageOptions(
    task
      .command('list')
      .description('list tasks, by status and queue')
      .addOption(statusOption())
      .addOption(topicOption())
      .addOption(queueOption())
      .addOption(anyTenantOption())
      .option('--newest', 'from the end of each list: those first that ended last')
      .addOption(
        new Option('--stuck', 'only those whose rollback waits for an operator').conflicts('status'),
      ),
  ).action(act(async () => (await import('./task-list.ts')).listTasks));
};
