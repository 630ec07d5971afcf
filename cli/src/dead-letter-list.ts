import type { QueueName, TaskRecord } from '@waybill/core';
import type { Action } from './call.ts';
import { shownCursor, typedCursor } from './cursor.ts';
import { countCauses } from './causes.ts';
import type { PageOptions } from './declare.ts';
import { durationText } from './duration-text.ts';
import type { Invocation } from './invocation.ts';
import { scanTasks } from './scan-tasks.ts';
import { printTasks } from './task-table.ts';
import { isoOf, viewTask } from './task-view.ts';

interface Options extends PageOptions {
  readonly topic?: string;
  readonly queue?: QueueName;
  readonly tenant?: string;
  readonly byCause?: boolean;
}

export const listDeadLetters: Action<Options> = (invocation, { options }) =>
  invocation.withStore(async ({ waybill }) => {
    const { output } = invocation;
    const now = waybill.engine.context.clock.now();
    const { after, byCause, limit, ...filter } = options;
    if (byCause === true) {
      await listCauses(invocation, scanTasks(waybill, { ...filter, status: 'failed' }), { limit, now });
      return undefined;
    }
    const from = after === undefined ? {} : { after: typedCursor(after) };
    const page = await waybill.deadLetters.list({ ...filter, limit, ...from });
    const next = page.next === undefined ? undefined : shownCursor(page.next);
    if (output.json) {
      output.document({ deadLetters: page.tasks.map(viewTask), next: next ?? null });
      return undefined;
    }
    if (page.tasks.length === 0) output.note('no dead letter matches');
    else {
      printTasks(output, page.tasks, now);
      output.next('one in full: waybill dead-letter show ID', 'anew: waybill dead-letter replay ID');
    }
    if (next !== undefined) output.next(`more: the same with --after ${next}`);
    return undefined;
  });

const listCauses = async (
  { output }: Invocation,
  letters: AsyncIterable<TaskRecord>,
  { limit, now }: { readonly limit: number; readonly now: number },
): Promise<void> => {
  const causes = (await countCauses(letters)).slice(0, limit);
  if (output.json) {
    output.document({ causes: causes.map((cause) => ({ ...cause, lastAt: isoOf(cause.lastAt) })) });
    return;
  }
  if (causes.length === 0) return output.note('no dead letter matches');
  output.table(
    [
      { title: 'COUNT', right: true },
      { title: 'TOPIC', cut: true },
      { title: 'CLASS' },
      { title: 'CODE' },
      { title: 'MESSAGE', cut: true },
      { title: 'LAST', right: true },
      { title: 'EXAMPLE' },
    ],
    causes.map(({ count, topic, class: kind, code, message, lastAt, example }) => [
      ...[`${count}`, topic, kind, code, message],
      ...[`${durationText(now - lastAt)} ago`, example],
    ]),
  );
  output.next(
    'an example in full: waybill dead-letter show EXAMPLE',
    'all of a topic anew: waybill dead-letter replay --all --topic TOPIC',
  );
};
