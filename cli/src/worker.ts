import type { Action } from './call.ts';
import { topicsOf, warnWithoutPlugins } from './topics.ts';
import { runWorker } from './run-worker.ts';
import { typedQueues } from './scan-tasks.ts';
import { yellow } from './styled.ts';
import { slotsOf, slotsText } from './worker-slots.ts';

interface Options {
  readonly queue?: readonly string[];
  readonly concurrency?: number;
}

export const work: Action<Options> = async (invocation, { options: { queue, concurrency } }) => {
  const { output } = invocation;
  const only = typedQueues(queue);
  const opened = await invocation.open(true);
  const slots = slotsOf(opened.loaded.config, { only, concurrency });
  const topics = topicsOf(opened);
  warnWithoutPlugins(output, opened);
  return runWorker(invocation, opened, {
    slots,
    onReady: ({ id }) => {
      if (output.json) output.record({ event: 'ready', worker: id, pid: process.pid, slots, topics });
      output.note(`worker ${id} works on ${slotsText(slots)}: ${topics.join(', ')}`);
    },
    onSettled: (task) => {
      if (output.json) output.record({ event: 'settled', ...task });
      else if (task.outcome !== 'completed') output.note(yellow(task.outcome), `  ${task.topic}  ${task.id}`);
    },
  });
};
