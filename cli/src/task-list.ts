import type { QueueName, TaskStatus } from '@waybill/core';
import type { Action } from './call.ts';
import { shownCursor, typedCursor } from './cursor.ts';
import type { PageOptions } from './declare.ts';
import { printTasks } from './task-table.ts';
import { viewTask } from './task-view.ts';

interface Options extends PageOptions {
  readonly status?: TaskStatus;
  readonly topic?: string;
  readonly queue?: QueueName;
  readonly tenant?: string;
  readonly newest?: boolean;
  readonly stuck?: boolean;
}

export const listTasks: Action<Options> = (invocation, { options }) =>
  invocation.withStore(async ({ waybill }) => {
    const { output } = invocation;
    const { after, newest = false, ...filter } = options;
    const page = await waybill.list({
      ...filter,
      newestFirst: newest,
      ...(after === undefined ? {} : { after: typedCursor(after) }),
    });
    const next = page.next === undefined ? undefined : shownCursor(page.next);
    if (output.json) {
      output.document({ tasks: page.tasks.map(viewTask), next: next ?? null });
      return undefined;
    }
    if (page.tasks.length === 0) output.note('no task matches');
    else printTasks(output, page.tasks, waybill.engine.context.clock.now());
    if (next !== undefined) output.next(`more: the same with --after ${next}`);
    return undefined;
  });
