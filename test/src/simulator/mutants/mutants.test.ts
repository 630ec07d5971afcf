import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runSchedules } from '../run-schedules.ts';
import { mutants, schedulesPerMutant } from './mutants.ts';

const repository = new URL('../../../../', import.meta.url);

describe('a planted bug', () => {
  for (const mutant of mutants.filter(({ directed }) => directed === undefined)) {
    it(`is found: ${mutant.bug}`, { timeout: 120_000 }, async () => {
      const schedules = schedulesPerMutant;
      const { broken } = await runSchedules({ firstSeed: 1, schedules, mutant, untilFound: true });

      expect(broken.flatMap(({ violations }) => violations)).not.toEqual([]);
    });
  }

  for (const { bug, directed = '' } of mutants.filter((mutant) => mutant.directed !== undefined)) {
    it(`has a test of its own: ${bug}`, () => {
      const [file = '', name = ''] = directed.split(': ');

      expect(readFileSync(new URL(file, repository), 'utf8')).toContain(`it('${name}'`);
    });
  }
});
