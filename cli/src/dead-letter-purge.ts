import type { Waybill } from '@waybill/core';
import type { Action } from './call.ts';
import { noDeadLetter } from './dead-letter-replay.ts';
import { type LetterFilter, selectionOf, type SelectionOptions } from './dead-letter-selection.ts';
import type { Invocation } from './invocation.ts';
import { pluralOf, scanTasks } from './scan-tasks.ts';

export const purgeDeadLetters: Action<SelectionOptions> = (invocation, call) => {
  const selection = selectionOf(call, 'purge');
  const yes = call.options.yes === true ? { yes: true } : {};
  return invocation.withStore(async ({ waybill }) => {
    const purged =
      'id' in selection
        ? await purgeOne(invocation, waybill, { ...selection, ...yes })
        : await purgeAll(invocation, waybill, { ...selection, ...yes });
    if (invocation.output.json) invocation.output.document({ purged });
    else invocation.output.data(`${purged.length} ${pluralOf(purged.length, 'dead letter')} removed`);
    return undefined;
  });
};

const purgeOne = async (
  invocation: Invocation,
  waybill: Waybill,
  { id, tenant, ...yes }: { readonly id: string; readonly tenant: string; readonly yes?: boolean },
): Promise<readonly string[]> => {
  if ((await waybill.deadLetters.get(id, tenant)) === undefined) throw noDeadLetter(id, tenant);
  await invocation.confirm(`remove dead letter ${id} with its history, for good?`, yes);
  if (!(await waybill.deadLetters.purge(id, tenant))) throw noDeadLetter(id, tenant);
  return [id];
};

const purgeAll = async (
  invocation: Invocation,
  waybill: Waybill,
  { filter, text, ...yes }: { readonly filter: LetterFilter; readonly text: string; readonly yes?: boolean },
): Promise<readonly string[]> => {
  let count = 0;
  for await (const _ of scanTasks(waybill, { ...filter, status: 'failed' })) count++;
  if (count > 0) {
    await invocation.confirm(`remove ${count} ${pluralOf(count, 'dead letter')} ${text}, for good?`, yes);
  }
  const purged: string[] = [];
  for await (const id of waybill.deadLetters.purgeAll(filter)) purged.push(id);
  return purged;
};
