import type { Action } from './call.ts';
import { CommandError } from './command-error.ts';
import { describeTask } from './describe-task.ts';
import { exitCodes } from './exit-code.ts';
import { findTask, type TaskOptions } from './find-task.ts';
import { nextCommands, taskCommand } from './next-commands.ts';
import { viewWholeTask } from './task-view.ts';

export const showDeadLetter: Action<TaskOptions> = (invocation, call) =>
  invocation.withStore(async ({ waybill }) => {
    const { output } = invocation;
    const record = await findTask(waybill, call);
    if (record.phase !== 'failed') {
      throw new CommandError(`task ${record.id} is no dead letter: it has not failed`, {
        exit: exitCodes['not-found'],
        fix: `see it: ${taskCommand('task get', record)}`,
      });
    }
    if (output.json) output.document(viewWholeTask(record));
    else describeTask(output, record, { now: waybill.engine.context.clock.now(), stacks: true });
    output.next(...nextCommands(record), `remove it for good: ${taskCommand('dead-letter purge', record)}`);
    return undefined;
  });
