import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { budget } from './budget.fixture.ts';

it('100,000 cases are tried in all', () => {
  expect(Object.values(budget).reduce((sum, cases) => sum + cases, 0)).toBe(100_000);
});

it.each(Object.keys(budget))('the cases of %s are tried', (edge) => {
  const folder = import.meta.dirname;
  const tests = globSync('*.test.ts', { cwd: folder }).map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  expect(tests.some((text) => text.includes(`budget.${edge}`))).toBe(true);
});
