import type { Contender } from '../contender.ts';
import { watchDeliveries } from '../deliveries.ts';
import { metered } from '../metered.ts';
import { missing, type Scenario } from '../scenario.ts';

export interface Load {
  /** Tasks that run at once, and calls of `submit` in flight. */
  readonly concurrency: number;
  /** Tasks of one call of `submitMany`, instead of `submit`. */
  readonly bulk?: number;
  readonly tasks: number;
  /** What its server has to do is part of its name. */
  readonly on?: string;
  readonly heavy?: boolean;
}

/**
 * Submits, then starts the workers and waits until the last end is stored. Figures of both parts: tasks per second, CPU
 * of this process and of the server in microseconds per task, commands and reads of the server per task.
 */
export const submitAndWork = ({ concurrency, bulk, tasks, on, heavy }: Load): Scenario => ({
  name: [bulk === undefined ? `tasks at ${concurrency}` : `tasks in bulk of ${bulk}`, on]
    .filter(Boolean)
    .join(', '),
  unit: 'tasks/s',
  warmUp: 1,
  ...(heavy === undefined ? {} : { heavy }),
  async measure(contender, scale) {
    const count = 500 * Math.max(1, Math.round((tasks / 500) * scale));
    const deliveries = watchDeliveries(contender, count);
    const submitted = await metered(contender, count, () =>
      submitAll(contender, count, { concurrency, bulk }),
    );
    const ended = contender.ended ?? missing('ended');
    const worked = await metered(contender, count, async () => {
      await contender.startWorkers?.({ concurrency, document: false });
      await ended(count);
    });
    deliveries.once();
    return { ...prefixed('submit', submitted), ...prefixed('work', worked) };
  },
});

const submitAll = async (
  contender: Contender,
  count: number,
  { concurrency, bulk }: { readonly concurrency: number; readonly bulk: number | undefined },
): Promise<void> => {
  if (bulk !== undefined) {
    const many = contender.submitMany?.bind(contender) ?? missing('submitMany');
    for (let n = 0; n < count; n += bulk) await many(n, bulk);
    return;
  }
  const one = contender.submit?.bind(contender) ?? missing('submit');
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
};

const prefixed = (part: string, figures: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${part}.${name}`, value]));
