import { parseJson, statusOf, type TaskRecord } from '@waybill/core';
import { durationText } from './duration-text.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { nextCommands } from './next-commands.ts';
import type { Output } from './output.ts';
import { dim, green, red, yellow } from './styled.ts';

/** 0 if the task has completed, 1 if it ended otherwise. */
export const exitCodeOfTask = ({ phase }: TaskRecord): ExitCode =>
  phase === 'completed' ? exitCodes.ok : exitCodes['task-failed'];

/** How a task that is over ended: its result on stdout, the rest beside it. */
export const tellOutcome = (output: Output, record: TaskRecord): void => {
  const took = dim(`  ${durationText((record.finishedAt ?? record.submittedAt) - record.submittedAt)}`);
  if (record.phase === 'completed') {
    output.note(green('✔ completed'), `  ${record.topic}  ${record.id}`, took);
    if (record.result !== undefined) output.block(JSON.stringify(parseJson(record.result), undefined, 2));
    return;
  }
  const attempts = record.failures?.length ?? 0;
  const after = attempts === 0 ? '' : ` after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  const status = statusOf(record);
  const mark = status === 'failed' ? red(`✖ ${status}${after}`) : yellow(`✖ ${status}${after}`);
  output.problem(mark, `  ${record.topic}  ${record.id}`, took);
  const last = record.failures?.at(-1);
  if (last !== undefined) output.problem(`  attempt ${last.attempt}  ${last.code}: ${last.message}`);
  for (const { name, state } of record.journal ?? [])
    if (state === 'undone') output.problem(`  ↩ ${name} undone`);
  output.next(...nextCommands(record));
};
