import type { Action } from './call.ts';
import { eventLine, viewEvent } from './event-view.ts';
import { findTask, type TaskOptions } from './find-task.ts';
import { followTask } from './follow-task.ts';
import { nextCommands } from './next-commands.ts';
import { exitCodeOfTask } from './outcome.ts';

interface Options extends TaskOptions {
  readonly after?: number;
}

export const watchTask: Action<Options> = (invocation, call) =>
  invocation.withStoreAndChannel(async ({ waybill }) => {
    const { output } = invocation;
    const ref = await findTask(waybill, call);
    const record = await followTask(invocation, waybill, ref, {
      after: call.options.after,
      onEvent: (event) => {
        if (output.json) output.record(viewEvent(event));
        else output.data(...eventLine(event));
      },
    });
    output.next(...nextCommands(record));
    return exitCodeOfTask(record);
  });
