import { missing, rate, type Scenario } from '../scenario.ts';

/** Prefilled; from the start of the workers until the last end is stored. */
export const endToEnd = (concurrency: number): Scenario => ({
  name: `end to end ${concurrency}`,
  unit: 'tasks/s',
  warmUp: 0.2,
  async measure(contender, scale) {
    const count = 50 * Math.max(1, Math.round((concurrency === 1 ? 4 : 20) * scale));
    const many = contender.submitMany?.bind(contender) ?? missing('submitMany');
    for (let n = 0; n < count; n += 50) await many(n, 50);
    const from = performance.now();
    await contender.startWorkers?.({ concurrency, document: false });
    await (contender.ended ?? missing('ended'))(count);
    return { rate: rate(count, from) };
  },
});
