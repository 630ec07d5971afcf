import { setTimeout as pause } from 'node:timers/promises';
import { missing, rate, type Scenario } from '../scenario.ts';
import { measureMs } from './commits.ts';

/** Prefilled; from the start of the workers until the last end is stored, or as many as are within the time. */
export const endToEnd = (concurrency: number): Scenario => ({
  name: `end to end ${concurrency}`,
  unit: 'tasks/s',
  warmUp: 0.2,
  async measure(contender, scale) {
    const count = 50 * Math.max(1, Math.round((concurrency === 1 ? 8 : 40) * scale));
    const many = contender.submitMany?.bind(contender) ?? missing('submitMany');
    const soFar = contender.endedSoFar?.bind(contender) ?? missing('endedSoFar');
    for (let n = 0; n < count; n += 50) await many(n, 50);
    const from = performance.now();
    await contender.startWorkers?.({ concurrency, document: false });
    const all = (contender.ended ?? missing('ended'))(count);
    await Promise.race([all, pause(2 * measureMs * scale, undefined, { ref: false })]);
    return { rate: rate(soFar(), from) };
  },
});
