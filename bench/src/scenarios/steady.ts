import { watchDeliveries } from '../deliveries.ts';
import { metered } from '../metered.ts';
import { missing, type Scenario } from '../scenario.ts';

const concurrency = 100;
const step = 50;

/**
 * As many tasks are submitted as end, so that the backlog stays as long as it is. `cost` is CPU of this process and of
 * the server for a whole task, from its submission to its end.
 */
export const steadyAt = (waiting: number, options: { readonly heavy?: boolean } = {}): Scenario => ({
  name: `steady at ${waiting} waiting`,
  unit: 'µs/task',
  ...options,
  async measure(contender, scale) {
    const [many, ended] = [contender.submitMany, contender.ended ?? missing('ended')];
    if (many === undefined) return missing('submitMany');
    const count = step * Math.max(1, Math.round((10_000 / step) * scale));
    const before = 2_000;
    const prefill = waiting + concurrency;
    const deliveries = watchDeliveries(contender, prefill + before + count);
    let next = 0;
    while (next < prefill) {
      const size = Math.min(500, prefill - next);
      await many(next, size);
      next += size;
    }
    await contender.startWorkers?.({ concurrency, document: false });
    const goOn = async (tasks: number): Promise<void> => {
      let submitting: Promise<unknown> = Promise.resolve();
      for (let done = 0; done < tasks; done += step) {
        await ended(step);
        submitting = Promise.all([submitting, many(next, step)]);
        next += step;
      }
      await submitting;
    };
    await goOn(before);
    const figures = await metered(contender, count, () => goOn(count));
    deliveries.notTwice();
    return { cost: (figures['nodeUs'] ?? 0) + (figures['serverUs'] ?? 0), ...figures };
  },
});
