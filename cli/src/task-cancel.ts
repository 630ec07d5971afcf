import type { CancelAnswer } from '@waybill/core';
import type { Action } from './call.ts';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';
import { noTask, type TaskOptions } from './find-task.ts';
import { taskCommand } from './next-commands.ts';

/** `cancelled` and `cancelling` are success: the task never completes. `too-late` is refused. */
export const cancelTask: Action<TaskOptions> = (invocation, { args: [id = ''], options: { tenant } }) =>
  invocation.withDeployment(async ({ waybill }) => {
    const { output } = invocation;
    const answer = await waybill.cancel(id, tenant);
    if (answer.answer === 'unknown') throw noTask(id, tenant);
    if (output.json) {
      output.document({ id, tenant, ...answer });
      return answer.answer === 'too-late' ? exitCodes.refused : undefined;
    }
    if (answer.answer === 'too-late') throw tooLate(answer, { id, tenant });
    output.data(answer.answer);
    if (answer.answer === 'cancelling') {
      output.note('it cannot complete any more; its worker turns back and undoes its effects');
      output.next(`see it end: ${taskCommand('task watch', { id, tenant })}`);
    }
    return undefined;
  });

const tooLate = (
  { status }: CancelAnswer & { readonly answer: 'too-late' },
  ref: { readonly id: string; readonly tenant: string },
): CommandError =>
  new CommandError(`too late: task ${ref.id} is over, it has ${status}`, {
    exit: exitCodes.refused,
    fix: `see what it did: ${taskCommand('task get', ref)}`,
  });
