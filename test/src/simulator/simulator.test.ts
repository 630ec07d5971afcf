import { describe, expect, it } from 'vitest';
import { runSchedule } from './schedule.ts';
import { runSchedules } from './run-schedules.ts';

describe('the production core, simulated', () => {
  it('keeps its promises in 10,000 schedules of faults', { timeout: 300_000 }, async () => {
    const { broken, schedules, replayed } = await runSchedules({ firstSeed: 1, schedules: 10_000 });

    expect(broken.map(({ seed, violations }) => `seed ${seed}: ${violations[0]}`)).toEqual([]);
    expect(schedules).toBe(10_000);
    expect(replayed).toBe(100);
  });
});

describe('the production core over the journaled protocol, simulated', () => {
  it('keeps its promises in 250 schedules of faults', { timeout: 120_000 }, async () => {
    const { broken, schedules, replayed } = await runSchedules({
      firstSeed: 1,
      schedules: 250,
      store: 'journaled',
    });

    expect(broken.map(({ seed, violations }) => `seed ${seed}: ${violations[0]}`)).toEqual([]);
    expect(schedules).toBe(250);
    expect(replayed).toBe(2);
  });
});

describe('a schedule', () => {
  it('is the same whenever its seed is run', async () => {
    const [first, again] = [await runSchedule(7, { show: true }), await runSchedule(7, { show: true })];

    expect(again).toEqual(first);
    expect(first.timeline.length).toBeGreaterThan(50);
  });

  it('is another one for another seed', async () => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 50; seed++) hashes.add((await runSchedule(seed)).hash);

    expect(hashes.size).toBe(50);
  });
});
