import { pointNames } from '@waybill/core';
import { expect, it } from 'vitest';
import { crashEverywhere } from './crash-points.ts';
import { killAtRandom } from './random-kills.ts';

const technologies = { store: 'sqlite', broker: 'sqlite', channel: 'sqlite' };

it('whatever point of the commit protocol a process dies at, nothing is lost, doubled or torn', {
  timeout: 600_000,
}, async () => {
  const reports = await crashEverywhere(technologies, { hits: [1], parallel: 4 });
  expect(reports.filter(({ violations }) => violations.length > 0)).toEqual([]);
  expect(reports.length).toBe(pointNames.length);
});

it('a hundred workers killed or suspended at random lose, double and tear nothing', {
  timeout: 600_000,
}, async () => {
  const seed = Date.now() % 1_000_000;
  const report = await killAtRandom(technologies, { kills: 100, seed });
  expect(report.violations, `seed ${seed}; the files are in ${report.folder}`).toEqual([]);
  expect(report.tasks).toBeGreaterThan(100);
});
