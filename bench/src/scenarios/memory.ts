import { missing, type Scenario } from '../scenario.ts';

/** Memory of the server per task that waits. */
export const memoryPerTask: Scenario = {
  name: 'memory per waiting task',
  unit: 'bytes',
  async measure(contender, scale) {
    const usage = contender.usage ?? missing('usage');
    const count = 500 * Math.max(1, Math.round(100 * scale));
    await contender.submitMany?.(0, 500); // declarations, scripts, what exists once
    const before = await usage();
    for (let n = 500; n < count + 500; n += 500) await contender.submitMany?.(n, 500);
    const after = await usage();
    return { bytes: (after.bytes - before.bytes) / count };
  },
};
