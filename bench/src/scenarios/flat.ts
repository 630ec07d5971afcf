import { watchDeliveries } from '../deliveries.ts';
import { cpuSince, missing, rate, rest, type Scenario } from '../scenario.ts';

export interface Depth {
  /** How many are sent and worked on in the measured time. */
  readonly measured?: number;
  /** Whether all that waits is worked off afterwards, to see that each has come exactly once. */
  readonly worksOff?: boolean;
  readonly heavy?: boolean;
}

const portion = 500;

/**
 * Tickets sent and worked on per second, with so many others waiting before them, and CPU of this process in
 * microseconds for each. In a warm process.
 */
export const flat = (
  waiting: number,
  { measured = 50_000, worksOff = false, heavy = false }: Depth = {},
): Scenario => ({
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
    if (!isWarmUp) await rest();
    const cpu = process.cpuUsage();
    const from = performance.now();
    await fill(others + count);
    await contender.startWorkers?.({ concurrency: 100, document: false });
    await ended(count);
    const figures = { rate: rate(2 * count, from), nodeUs: cpuSince(cpu) / (2 * count) };
    if (worksOff) await ended(others);
    if (worksOff) deliveries.once();
    else deliveries.notTwice();
    return figures;
  },
});
