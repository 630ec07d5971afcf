import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as core from '@waybill/core';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('the documentation', () => {
  it('has a row for every error code, with the class that bears it', () => {
    const page = read('docs/errors.md');
    const classes = Object.entries(core).filter(
      ([name, value]) => typeof value === 'function' && name.endsWith('Error') && name !== 'WaybillError',
    );
    const codes = classes.flatMap(([name, value]) => {
      if (!(value as { prototype?: unknown }).prototype) return [];
      const error = new (value as new (message: string, details: object) => { code?: string })('x', {});
      return error instanceof core.WaybillError ? [`| \`${error.code}\` | \`${name}\` |`] : [];
    });
    expect(codes.length).toBeGreaterThanOrEqual(12);
    expect(codes.filter((row) => !page.includes(row))).toEqual([]);
  });

  it('has no dead link to a file of the repository', () => {
    const pages = globSync('{*.md,docs/**/*.md,examples/*/README.md,test/README.md}', { cwd: root });
    const dead = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target]) => join(dirname(page), target ?? ''))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page} → ${target}`),
    );
    expect(dead).toEqual([]);
  });
});
