import { missing, rate, type Scenario } from '../scenario.ts';

const measured = 10_000;
const portion = 500;

/** Tickets sent and worked on per second, with so many others waiting behind them. */
export const flat = (waiting: number, { heavy = false } = {}): Scenario => ({
  name: `with ${waiting} waiting`,
  unit: 'tasks/s',
  heavy,
  async measure(contender, scale) {
    const [submitMany, ended] = [
      contender.submitMany?.bind(contender) ?? missing('submitMany'),
      contender.ended?.bind(contender) ?? missing('ended'),
    ];
    const fill = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n += portion) await submitMany(n, Math.min(portion, count - n));
    };
    await fill(waiting);
    const count = Math.round(measured * scale);
    const from = performance.now();
    await fill(count);
    await contender.startWorkers?.({ concurrency: 100, document: false });
    await ended(count);
    return { rate: rate(2 * count, from) };
  },
});
