import type { TaskRecord, Waybill } from '@waybill/core';
import type { Call } from './call.ts';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';
import { shellWord } from './next-commands.ts';

export interface TaskOptions {
  readonly tenant: string;
}

/** The task that was typed; not found is exit 5. */
export const findTask = async (
  waybill: Waybill,
  { args: [id = ''], options: { tenant } }: Call<TaskOptions>,
): Promise<TaskRecord> => {
  const record = await waybill.find(id, tenant);
  if (record === undefined) throw noTask(id, tenant);
  return record;
};

export const noTask = (id: string, tenant: string): CommandError =>
  new CommandError(`tenant ${tenant} has no task ${id}; it never had, or its record has expired`, {
    exit: exitCodes['not-found'],
    fix: [
      `its tasks: waybill task list${tenant === 'default' ? '' : ` --tenant ${shellWord(tenant)}`}`,
      'of another tenant: add --tenant TENANT',
    ],
  });
