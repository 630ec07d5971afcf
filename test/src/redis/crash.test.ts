import { expect, it } from 'vitest';
import { killAtRandom } from '../crash/random-kills.ts';
import { startService } from '../services/redis.ts';
import { describeService } from '../services/vitest.ts';

await describeService('Redis', startService, () => {
  it.each(['redis', 'sqlite'])(
    'workers and servers killed at random lose, double and tear nothing with a store in %s',
    { timeout: 300_000 },
    async (store) => {
      const seed = Date.now() % 1_000_000;
      const technologies = { store, broker: 'redis', channel: 'redis' };
      const report = await killAtRandom(technologies, { kills: 10, seed });
      expect(report.tasks).toBeGreaterThan(20);
      expect(report.violations, `seed ${seed}; the files are in ${report.folder}`).toEqual([]);
    },
  );
});
