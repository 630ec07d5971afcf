import type { QueueName, TaskFilter, TaskRecord, Waybill } from '@waybill/core';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';

/** Every task that matches, page by page. */
export async function* scanTasks(waybill: Waybill, filter: TaskFilter): AsyncIterable<TaskRecord> {
  let after: string | undefined;
  do {
    const page = await waybill.list({ ...filter, limit: 500, ...(after === undefined ? {} : { after }) });
    yield* page.tasks;
    after = page.next;
  } while (after !== undefined);
}

export interface ManyOptions {
  readonly queue?: readonly string[];
  readonly tenant?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

const names = ['critical', 'normal', 'batch'] as const satisfies readonly QueueName[];

/** The queues that were typed; all if none was. */
export const typedQueues = (typed: readonly string[] | undefined): readonly QueueName[] => {
  const unknown = typed?.find((name) => !names.some((known) => known === name));
  if (unknown !== undefined) {
    throw new CommandError(`there is no queue ${unknown}`, {
      exit: exitCodes.usage,
      fix: `the queues are ${names.join(', ')}`,
    });
  }
  return names.filter((name) => typed === undefined || typed.includes(name));
};

/** How many tasks of these queues match, for a question; what is beyond is not counted. */
export const countMatching = async (
  waybill: Waybill,
  { queues, ...filter }: Omit<TaskFilter, 'queue'> & { readonly queues: readonly QueueName[] },
  matches: (task: TaskRecord) => boolean = () => true,
): Promise<{ readonly count: number; readonly text: string }> => {
  let count = 0;
  for (const queue of queues) {
    for await (const task of scanTasks(waybill, { ...filter, queue })) {
      if (matches(task)) count++;
      if (count >= countedAtMost) return { count, text: `${count} or more` };
    }
  }
  return { count, text: `${count}` };
};

const countedAtMost = 10_000;

export const pluralOf = (count: number, one: string, many = `${one}s`): string => (count === 1 ? one : many);
