import { type Failure, type JournalEntry, parseJson, statusOf, type TaskRecord } from '@waybill/core';
import { durationText } from './duration-text.ts';
import type { Output } from './output.ts';
import { bold, cyan, dim, green, type Part, red, yellow } from './styled.ts';
import { isoOf, viewTask } from './task-view.ts';

const longestText = 4_000;

/** A task with all that is known of it, for people. */
export const describeTask = (
  output: Output,
  record: TaskRecord,
  { now, stacks = false }: { readonly now: number; readonly stacks?: boolean },
): void => {
  output.data(bold(record.topic), '  ', record.id, '  ', statusPart(record));
  for (const [name, value] of factsOf(record, now)) output.data('  ', dim(name.padEnd(10)), '  ', value);
  payload(output, 'input', record.input);
  if (record.result !== undefined) payload(output, 'result', record.result);
  if (record.failures !== undefined) describeFailures(output, record.failures, stacks);
  if (record.journal !== undefined) describeEffects(output, record.journal);
};

export const statusPart = (record: TaskRecord): Part => {
  const status = statusOf(record);
  const text =
    record.phase === 'delayed' || record.phase === 'stuck' ? `${status} (${record.phase})` : status;
  switch (status) {
    case 'completed':
      return green(text);
    case 'failed':
      return red(text);
    case 'rolling-back':
    case 'cancelled':
      return yellow(text);
    case 'in-progress':
      return cyan(text);
    case 'available':
      return text;
  }
};

const factsOf = (record: TaskRecord, now: number): readonly (readonly [string, string])[] => {
  const view = viewTask(record);
  const ago = (at: number): string =>
    at > now
      ? `${isoOf(at)}  (in ${durationText(at - now)})`
      : `${isoOf(at)}  (${durationText(now - at)} ago)`;
  const { startedAt, finishedAt, deadlineAt, progress } = record;
  const took =
    startedAt === undefined || finishedAt === undefined
      ? ''
      : `, ran ${durationText(finishedAt - startedAt)}`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['tenant', record.tenant],
    ['queue', `${record.queue}, priority ${record.priority}`],
    ['attempt', `${view.attempt} of ${view.attempts}`],
    ['submitted', ago(record.submittedAt)],
    ['due', view.dueAt === undefined ? undefined : ago(record.at)],
    ['started', startedAt === undefined ? undefined : ago(startedAt)],
    ['finished', finishedAt === undefined ? undefined : `${ago(finishedAt)}${took}`],
    ['deadline', deadlineAt === undefined ? undefined : ago(deadlineAt)],
    ['worker', view.worker],
    ['progress', progress === undefined ? undefined : progressText(progress)],
    ['key', record.idempotencyKey],
    ['parent', record.parent],
    ['replay of', record.replayOf],
    ['replayed as', record.replayedAs],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
};

export const progressText = ({
  fraction,
  message,
}: {
  readonly fraction: number;
  readonly message?: string;
}): string => `${Math.round(fraction * 100)} %${message === undefined ? '' : `  ${message}`}`;

const payload = (output: Output, name: string, json: string): void => {
  const text = JSON.stringify(parseJson(json), undefined, 2);
  output.data(bold(name));
  output.block(text.slice(0, longestText), '  ');
  if (text.length > longestText) output.data(dim(`  … ${text.length - longestText} characters more: --json`));
};

const describeFailures = (output: Output, failures: readonly Failure[], stacks: boolean): void => {
  output.data(bold('failures'));
  for (const { attempt, class: kind, code, message, stack, failedAt } of failures) {
    const [first = '', ...more] = message.split('\n');
    output.data('  ', red('✗'), ` attempt ${attempt}  ${kind}  ${code}: ${first}  `, dim(isoOf(failedAt)));
    for (const line of more) output.data(`      ${line}`);
    if (stacks && stack !== undefined) output.block(stack.split('\n').slice(1).join('\n'), '    ');
  }
};

const stateText = { intent: '? may have happened', done: '✓ done', undone: '↩ undone' } as const;

const describeEffects = (output: Output, journal: readonly JournalEntry[]): void => {
  output.data(bold('effects'));
  for (const { name, state, key } of journal)
    output.data(`  ${stateText[state]}  ${name}  `, dim(`key ${key}`));
};
