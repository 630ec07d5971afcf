import { expect, it } from 'vitest';
import { systemRuntime } from '../system-runtime.ts';
import { StoreClock } from './store-clock.ts';

/** A process whose clock shows what the test says, and a store that is an hour ahead. */
const slowStore = (...tripsMs: number[]) => {
  let monotonic = 0;
  const runtime = { ...systemRuntime(), now: () => 0, monotonic: () => monotonic };
  const now = async (): Promise<number> => {
    const answer = 3_600_000 + monotonic;
    monotonic += tripsMs.shift() ?? 0; // the way back
    return answer;
  };
  return { runtime, store: { now }, hour: () => 3_600_000 + monotonic };
};

it("the store's clock is not measured by a process that stood still meanwhile", async () => {
  const { runtime, store, hour } = slowStore(20_000, 10);
  const clock = new StoreClock(store, runtime);

  await clock.measure();

  expect(Math.abs(clock.now() - hour())).toBeLessThanOrEqual(5);
});

it("the store's clock is measured as well as can be where every answer is slow", async () => {
  const { runtime, store, hour } = slowStore(2_000, 400, 1_000);
  const clock = new StoreClock(store, runtime);

  await clock.measure();

  expect(Math.abs(clock.now() - hour())).toBeLessThanOrEqual(200);
});

it('a clock that nobody measures again is measured by whoever looks at it, now and then', async () => {
  let [monotonic, offset, asked] = [0, 1_000_000, 0];
  const runtime = { ...systemRuntime(), now: () => 0, monotonic: () => monotonic };
  const now = async (): Promise<number> => {
    asked++;
    if (asked === 2) throw new Error('not now');
    return monotonic + offset;
  };
  const clock = new StoreClock({ now }, runtime);
  await clock.measure();

  offset = 5_000_000; // the store's clock was set
  monotonic = 60_000;
  clock.now();
  expect(asked).toBe(1);
  for (const at of [120_000, 240_000]) {
    monotonic = at;
    for (let look = 0; look < 3; look++) clock.now();
    await Promise.resolve();
  }
  expect(asked).toBe(3);
  expect(clock.now()).toBe(240_000 + 5_000_000);
});
