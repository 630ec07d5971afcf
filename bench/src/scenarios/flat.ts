import { watchDeliveries } from '../deliveries.ts';
import { missing, rate, type Scenario } from '../scenario.ts';

const measured = 50_000;
const portion = 500;

/** Tickets sent and worked on per second, with so many others waiting behind them. In a warm process. */
export const flat = (waiting: number, { heavy = false } = {}): Scenario => ({
  name: `with ${waiting} waiting`,
  unit: 'tasks/s',
  heavy,
  warmUp: 1,
  async measure(contender, scale, { isWarmUp }) {
    const [submitMany, ended] = [
      contender.submitMany?.bind(contender) ?? missing('submitMany'),
      contender.ended?.bind(contender) ?? missing('ended'),
    ];
    const others = isWarmUp ? 0 : waiting; // a process gets no warmer by waiting
    const count = Math.round(measured * scale);
    const deliveries = watchDeliveries(contender, others + count);
    let next = 0;
    const fill = async (until: number): Promise<void> => {
      for (; next < until; next += portion) await submitMany(next, Math.min(portion, until - next));
      next = until;
    };
    await fill(others);
    const from = performance.now();
    await fill(others + count);
    await contender.startWorkers?.({ concurrency: 100, document: false });
    await ended(count);
    const figures = { rate: rate(2 * count, from) };
    deliveries.notTwice();
    return figures;
  },
});
