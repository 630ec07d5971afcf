import type { TaskRecord } from '@waybill/core';
import type { Action } from './call.ts';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';
import { findTask, noTask, type TaskOptions } from './find-task.ts';
import { taskCommand } from './next-commands.ts';

interface Options extends TaskOptions {
  readonly again?: boolean;
}

export const retryTask: Action<Options> = (invocation, call) =>
  invocation.withDeployment(async ({ waybill }) => {
    const { output } = invocation;
    const record = await findTask(waybill, call);
    if (record.phase === 'completed' && call.options.again !== true) throw completed(record);
    const again = call.options.again === true;
    const answer = await waybill.retry(record.id, record.tenant, { again });
    if (answer.answer === 'unknown') throw noTask(record.id, record.tenant);
    const id = answer.answer === 'replayed' ? answer.id : record.id;
    if (output.json) {
      output.document({
        id: record.id,
        tenant: record.tenant,
        answer: answer.answer,
        ...(answer.answer === 'replayed' ? { replayedAs: answer.id } : {}),
      });
      return undefined;
    }
    output.data(id);
    output.note(said[answer.answer]);
    output.next(`watch it: ${taskCommand('task watch', { id, tenant: record.tenant })}`);
    return undefined;
  });

const said = {
  replayed: 'replayed: this new task does it again',
  resumed: 'resumed: its rollback goes on',
  hurried: 'hurried: it is due now',
  'not-needed': 'not needed: it is available or running, or has completed meanwhile',
} as const;

const completed = (record: TaskRecord): CommandError =>
  new CommandError(`task ${record.id} has completed; doing it again would do it twice`, {
    exit: exitCodes.refused,
    fix: `if that is meant: ${taskCommand('task retry', record)} --again`,
  });
