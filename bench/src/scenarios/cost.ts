import { cpuSince, missing, rest, type Scenario } from '../scenario.ts';

const step = 100;

/** Uncounted: as many tasks as `end to end` at 100 has before it counts. What a backlog needs is compiled only then. */
const warmUps = 6;

/**
 * CPU of submit, claim and end, per task that ended, with about `waiting` others in the queue: as many are submitted
 * as end.
 */
export const costAt = (waiting: number): Scenario => ({
  name: `cost at ${waiting} waiting`,
  unit: 'µs/task',
  async measure(contender, scale) {
    const rounds = Math.max(1, Math.round(200 * scale));
    const ended = contender.ended ?? missing('ended');
    const soFar = contender.endedSoFar ?? missing('endedSoFar');
    let n = 0;
    for (const size = Math.min(waiting, 500); n < waiting; n += size) await contender.submitMany?.(n, size);
    await rest();
    await contender.startWorkers?.({ concurrency: 100, document: false });
    const run = async (times: number): Promise<number> => {
      const [before, from] = [process.cpuUsage(), soFar()];
      for (let round = 0; round < times; round++, n += step) {
        await contender.submitMany?.(n, step);
        await ended(step);
      }
      return cpuSince(before) / (soFar() - from);
    };
    await run(warmUps * rounds);
    return { cost: await run(3 * rounds) };
  },
});

/** Everything from submit to the answered commit. */
export const overhead: Scenario = {
  name: 'framework overhead',
  unit: 'µs/task',
  async measure(contender, scale) {
    const ended = contender.ended ?? missing('ended');
    await contender.startWorkers?.({ concurrency: 100, document: false });
    const run = async (count: number): Promise<number> => {
      const before = process.cpuUsage();
      for (let n = 0; n < count; n += 500) {
        await contender.submitMany?.(n, 500);
        await ended(500);
      }
      return cpuSince(before) / count;
    };
    await run(20_000);
    return { cost: await run(Math.max(500, 40_000 * scale)) };
  },
};
