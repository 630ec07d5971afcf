import { cpuSince, missing, type Scenario } from '../scenario.ts';

/** CPU of claim and end, per task, with `waiting` others behind it. */
export const costAt = (waiting: number): Scenario => ({
  name: `cost at ${waiting} waiting`,
  unit: 'µs/task',
  async measure(contender, scale) {
    const count = 500 * Math.max(1, Math.round(20 * scale));
    const ended = contender.ended ?? missing('ended');
    const prefill = Math.max(waiting, 500);
    for (let n = 0; n < prefill; n += 500) await contender.submitMany?.(n, 500);
    await contender.startWorkers?.({ concurrency: 100, document: false });
    if (waiting > count) {
      await ended(500);
      const before = process.cpuUsage();
      await ended(count);
      return { cost: cpuSince(before) / count };
    }
    await ended(prefill);
    let spent = 0;
    for (let done = 0; done < count; done += waiting) {
      await contender.submitMany?.(prefill + done, waiting);
      const before = process.cpuUsage();
      await ended(waiting);
      spent += cpuSince(before);
    }
    return { cost: spent / count };
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
