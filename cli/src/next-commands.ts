import type { TaskRecord } from '@waybill/core';

/** `waybill task get ID`, as it can be pasted into a shell. */
export const taskCommand = (
  verb: string,
  { id, tenant }: { readonly id: string; readonly tenant: string },
): string =>
  `waybill ${verb} ${shellWord(id)}${tenant === 'default' ? '' : ` --tenant ${shellWord(tenant)}`}`;

export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** What one would do next with a task as it stands. */
export const nextCommands = (record: TaskRecord): readonly string[] => {
  switch (record.phase) {
    case 'delayed':
      return [
        `run it now: ${taskCommand('task retry', record)}`,
        `or not at all: ${taskCommand('task cancel', record)}`,
      ];
    case 'available':
      return [
        `watch it: ${taskCommand('task watch', record)}`,
        'who could work on it: waybill queue servers',
      ];
    case 'held':
      return [
        `watch it: ${taskCommand('task watch', record)}`,
        `cancel it: ${taskCommand('task cancel', record)}`,
      ];
    case 'stuck':
      return [`mend what its undo needs, then: ${taskCommand('task retry', record)}`];
    case 'failed':
    case 'cancelled':
      if (record.replayedAs !== undefined)
        return [
          `it was done anew: ${taskCommand('task get', { id: record.replayedAs, tenant: record.tenant })}`,
        ];
      return [`do it anew: ${taskCommand('task retry', record)}`];
    case 'completed':
      return [`its log: ${taskCommand('task logs', record)}`];
  }
};
