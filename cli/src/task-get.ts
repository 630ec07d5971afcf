import type { Action } from './call.ts';
import { describeTask } from './describe-task.ts';
import { findTask, type TaskOptions } from './find-task.ts';
import { nextCommands } from './next-commands.ts';
import { viewWholeTask } from './task-view.ts';

export const getTask: Action<TaskOptions> = (invocation, call) =>
  invocation.withStore(async ({ waybill }) => {
    const { output } = invocation;
    const record = await findTask(waybill, call);
    if (output.json) {
      output.document(viewWholeTask(record));
      return undefined;
    }
    describeTask(output, record, { now: waybill.engine.context.clock.now() });
    output.next(...nextCommands(record));
    return undefined;
  });
