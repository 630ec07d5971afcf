import type { Waybill } from '@waybill/core';
import type { Action } from './call.ts';
import { CommandError } from './command-error.ts';
import { selectionOf, type SelectionOptions, type LetterFilter } from './dead-letter-selection.ts';
import { exitCodes } from './exit-code.ts';
import type { Invocation } from './invocation.ts';
import { shellWord, taskCommand } from './next-commands.ts';
import { pluralOf, scanTasks } from './scan-tasks.ts';

export const replayDeadLetters: Action<SelectionOptions> = (invocation, call) => {
  const selection = selectionOf(call, 'replay');
  return invocation.withDeployment(async ({ waybill }) => {
    if ('id' in selection) await replayOne(invocation, waybill, selection);
    else await replayAll(invocation, waybill, { ...selection, yes: call.options.yes });
    return undefined;
  });
};

export const noDeadLetter = (id: string, tenant: string): CommandError =>
  new CommandError(`tenant ${tenant} has no dead letter ${id}`, {
    exit: exitCodes['not-found'],
    fix: `those there are: waybill dead-letter list --tenant ${shellWord(tenant)}`,
  });

const replayOne = async (
  { output }: Invocation,
  waybill: Waybill,
  { id, tenant }: { readonly id: string; readonly tenant: string },
): Promise<void> => {
  const answer = await waybill.deadLetters.replay(id, tenant);
  if (answer.answer !== 'replayed') throw noDeadLetter(id, tenant);
  if (output.json) {
    output.document({ replayed: [{ id, replayedAs: answer.id }] });
    return;
  }
  output.data(answer.id);
  output.next(`watch it: ${taskCommand('task watch', { id: answer.id, tenant })}`);
};

const replayAll = async (
  invocation: Invocation,
  waybill: Waybill,
  {
    filter,
    text,
    yes,
  }: { readonly filter: LetterFilter; readonly text: string; readonly yes: boolean | undefined },
): Promise<void> => {
  const { output } = invocation;
  let count = 0;
  for await (const letter of scanTasks(waybill, { ...filter, status: 'failed' }))
    if (letter.replayedAs === undefined) count++;
  if (count > 0) {
    const question = `submit ${count} ${pluralOf(count, 'dead letter')} ${text} anew?`;
    await invocation.confirm(question, yes === undefined ? {} : { yes });
  }
  const replayed: { readonly id: string; readonly replayedAs: string }[] = [];
  for await (const { id, newId } of waybill.deadLetters.replayAll(filter)) {
    replayed.push({ id, replayedAs: newId });
    if (!output.json) output.data(newId);
  }
  if (output.json) output.document({ replayed });
  output.note(`${replayed.length} submitted anew; what was replayed before is left alone`);
  if (replayed.length > 0) output.next('see them run: waybill queue status');
};
