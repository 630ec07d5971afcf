import { missing, rate, type Scenario } from '../scenario.ts';

/** Prefilled; from the start of the workers until the last end is stored. Rounds of seconds, in a warm process. */
export const endToEnd = (concurrency: number, document = false): Scenario => ({
  name: `end to end ${concurrency}${document ? ', one document' : ''}`,
  unit: 'tasks/s',
  warmUp: 2,
  async measure(contender, scale) {
    const count =
      500 * Math.max(1, Math.round((concurrency === 1 ? 4 : concurrency === 10 ? 40 : 120) * scale));
    for (let n = 0; n < count; n += 500) await contender.submitMany?.(n, 500);
    const from = performance.now();
    await contender.startWorkers?.({ concurrency, document });
    await (contender.ended ?? missing('ended'))(count);
    return { rate: rate(count, from) };
  },
});
