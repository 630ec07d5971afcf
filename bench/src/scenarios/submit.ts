import { missing, rate, type Scenario } from '../scenario.ts';

/** One task per call, `inFlight` calls at a time. `tasks` are enough for a round of seconds. */
export const submit = (inFlight: number, tasks = inFlight === 1 ? 2_000 : 20_000): Scenario => ({
  name: `submit ${inFlight}`,
  unit: 'tasks/s',
  warmUp: 2,
  async measure(contender, scale) {
    const one = contender.submit?.bind(contender) ?? missing('submit');
    const count = Math.round(tasks * scale);
    const from = performance.now();
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < count) await one(next++);
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
    return { rate: rate(count, from) };
  },
});

/** Calls of 500 tasks, one after the other. */
export const bulk: Scenario = {
  name: 'submit bulk 500',
  unit: 'tasks/s',
  warmUp: 2,
  async measure(contender, scale) {
    const many = contender.submitMany?.bind(contender) ?? missing('submitMany');
    const count = 500 * Math.round(100 * scale);
    const from = performance.now();
    for (let n = 0; n < count; n += 500) await many(n, 500);
    return { rate: rate(count, from) };
  },
};
