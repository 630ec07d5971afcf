import { isOver, type TaskEvent, type TaskRecord, type Waybill } from '@waybill/core';
import { CommandError } from './command-error.ts';
import { exitCodeOfSignal, exitCodes } from './exit-code.ts';
import { noTask } from './find-task.ts';
import type { Invocation } from './invocation.ts';
import { taskCommand } from './next-commands.ts';
import type { StopSignal } from './surroundings.ts';

export interface Following {
  readonly after?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly onEvent: (event: TaskEvent) => void;
}

/**
 * Tells every event of a task until it is over, and answers its record. Being asked to stop, or the timeout, ends
 * the watching and not the task: a `CommandError` that says so.
 */
export const followTask = async (
  invocation: Invocation,
  waybill: Waybill,
  ref: { readonly id: string; readonly tenant: string },
  { after = 0, timeoutMs, onEvent }: Following,
): Promise<TaskRecord> => {
  const stop = invocation.stopping();
  const overtime = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => overtime.abort(), timeoutMs);
  const signal = AbortSignal.any([stop.signal, overtime.signal]);
  try {
    for await (const event of waybill.task(ref.id, ref.tenant).events({ after, signal })) onEvent(event);
    const record = await waybill.find(ref.id, ref.tenant);
    if (record === undefined) throw noTask(ref.id, ref.tenant);
    if (isOver(record.phase)) return record;
    throw stillRunning(ref, stop.asked(), timeoutMs);
  } finally {
    clearTimeout(timer);
    stop.release();
  }
};

const stillRunning = (
  ref: { readonly id: string; readonly tenant: string },
  asked: StopSignal | undefined,
  timeoutMs: number | undefined,
): CommandError => {
  const fix = [
    `watch it: ${taskCommand('task watch', ref)}`,
    `cancel it: ${taskCommand('task cancel', ref)}`,
  ];
  if (asked === undefined) {
    const message = `task ${ref.id} has not ended within ${timeoutMs} ms; it goes on`;
    return new CommandError(message, { exit: exitCodes['timed-out'], fix });
  }
  const exit = exitCodeOfSignal(asked);
  return new CommandError(`no longer waiting; task ${ref.id} goes on`, { exit, fix });
};
