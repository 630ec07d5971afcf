import type { QueueName, SubmitOptions, TaskHandle, Waybill } from '@waybill/core';
import type { Action } from './call.ts';
import { CommandError } from './command-error.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { followTask } from './follow-task.ts';
import type { Invocation } from './invocation.ts';
import { taskCommand } from './next-commands.ts';
import { exitCodeOfTask, tellOutcome } from './outcome.ts';
import { readInput } from './read-input.ts';
import { viewWholeTask } from './task-view.ts';
import { taskTypeOf } from './task-type.ts';
import { typedDuration, typedInstant } from './typed-time.ts';
import { waitingStatus } from './waiting-status.ts';

interface Options {
  readonly wait?: boolean;
  readonly timeout?: string;
  readonly priority?: number;
  readonly queue?: QueueName;
  readonly due?: string;
  readonly deadline?: string;
  readonly key?: string;
  readonly anyTopic?: boolean;
  readonly tenant: string;
}

export const submitTask: Action<Options> = async (
  invocation,
  { args: [topic = '', typed = '{}'], options },
) => {
  const timeoutMs = timeoutOf(options);
  const input = await readInput(typed, invocation.surroundings);
  return invocation.withDeployment(async (opened) => {
    const { waybill } = opened;
    const type = taskTypeOf(opened, topic, options);
    const task = await waybill.submit(
      type,
      input,
      submitOptions(options, waybill.engine.context.clock.now()),
    );
    return options.wait === true
      ? waitFor(invocation, waybill, task, timeoutMs)
      : tellSubmitted(invocation, task, topic);
  });
};

const timeoutOf = ({ timeout, wait = false }: Options): number | undefined => {
  if (timeout === undefined) return undefined;
  if (wait) return typedDuration('--timeout', timeout);
  throw new CommandError('--timeout needs --wait: it ends the waiting, not the task', {
    exit: exitCodes.usage,
    fix: 'add --wait; or to end the task itself, write --deadline in the place of --timeout',
  });
};

const submitOptions = (
  { priority, queue, due, deadline, key, tenant }: Options,
  now: number,
): SubmitOptions => ({
  tenant,
  ...(priority === undefined ? {} : { priority }),
  ...(queue === undefined ? {} : { queue }),
  ...(due === undefined ? {} : { dueAt: typedInstant('--due', due, now) }),
  ...(deadline === undefined ? {} : { deadlineAt: typedInstant('--deadline', deadline, now) }),
  ...(key === undefined ? {} : { idempotencyKey: key }),
});

const tellSubmitted = ({ output }: Invocation, task: TaskHandle, topic: string): undefined => {
  const { id, tenant, outcome } = task;
  if (output.json) {
    output.document({ id, tenant, topic, outcome });
    return undefined;
  }
  output.data(id);
  if (outcome === 'existing')
    output.note('existing: its key was submitted before, and this is the task of that key');
  output.next(`watch it: ${taskCommand('task watch', task)}`);
  return undefined;
};

const waitFor = async (
  invocation: Invocation,
  waybill: Waybill,
  task: TaskHandle,
  timeoutMs: number | undefined,
): Promise<ExitCode> => {
  const { output } = invocation;
  const status = waitingStatus(output, waybill, task);
  try {
    const record = await followTask(invocation, waybill, task, { timeoutMs, onEvent: status.onEvent });
    if (output.json) output.document({ outcome: task.outcome, ...viewWholeTask(record) });
    else tellOutcome(output, record);
    return exitCodeOfTask(record);
  } finally {
    status.end();
  }
};
