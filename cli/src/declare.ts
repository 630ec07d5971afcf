import { type Command, Option } from 'commander';
import type { QueueName, TaskStatus } from '@waybill/core';
import { repeated, wholeNumber } from './parse-option.ts';

// Written down here as well, so that `--help` need not load core; a type error if core's are others.
const queues = ['critical', 'normal', 'batch'] as const satisfies readonly QueueName[];
const statuses = [
  'available',
  'in-progress',
  'rolling-back',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly TaskStatus[];

export const queueOption = (description = 'only this queue'): Option =>
  new Option('--queue <queue>', description).choices(queues);

export const queuesOption = (description: string): Option =>
  new Option('--queue <queue>', `${description} (choices: ${queues.join(', ')}; may be repeated)`).argParser(
    repeated,
  );

export const statusOption = (): Option =>
  new Option('--status <status>', 'only this status').choices(statuses);

export const topicOption = (): Option => new Option('--topic <topic>', 'only this topic');

export const anyTenantOption = (): Option =>
  new Option('--tenant <tenant>', 'only this tenant (default: all)');

export const tenantOption = (): Option =>
  new Option('--tenant <tenant>', 'the tenant of the task').default('default');

export const yesOption = (): Option => new Option('-y, --yes', 'do it without asking');

/** A page of a list. */
export const addPageOptions = (command: Command): Command =>
  command
    .option('--limit <n>', 'how many at most, 1 to 1000', wholeNumber(1, 1_000), 50)
    .option('--after <cursor>', 'go on after the page before: its `next`');

export interface PageOptions {
  readonly limit: number;
  readonly after?: string;
}
