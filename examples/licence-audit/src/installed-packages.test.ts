import { describe, expect, it } from 'vitest';
import { splitInstalled } from './installed-packages.ts';
import type { LockEntry } from './lock-file.ts';

const entry = (path: string, more: Partial<LockEntry> = {}): [string, LockEntry] => [
  path,
  {
    path,
    name: path,
    link: false,
    dev: false,
    optional: false,
    devOptional: false,
    dependencies: {},
    devDependencies: {},
    optionalDependencies: {},
    peerDependencies: {},
    ...more,
  },
];

const split = (entries: readonly [string, LockEntry][], onDisk: readonly string[]) => {
  const { installed, skipped } = splitInstalled({ folder: '/p', entries: new Map(entries) }, (path) =>
    onDisk.includes(path),
  );
  return { installed: installed.map(({ path }) => path), skipped };
};

describe('the installed packages', () => {
  it('are those on disk; a link does not count beside what it points at', () => {
    const entries = [entry('core'), entry('node_modules/core', { link: true, resolved: 'core' })];
    expect(split(entries, ['/p/core', '/p/node_modules/core'])).toEqual({ installed: ['core'], skipped: [] });
  });

  it('do not include optional ones of another platform', () => {
    const entries = [entry('node_modules/win32', { optional: true }), entry('node_modules/a')];
    expect(split(entries, ['/p/node_modules/a'])).toEqual({
      installed: ['node_modules/a'],
      skipped: [{ path: 'node_modules/win32', why: 'optional, for another platform' }],
    });
  });

  it('include one that should be there and is not, so that the audit reports it', () => {
    expect(split([entry('node_modules/gone')], []).installed).toEqual(['node_modules/gone']);
  });

  it('do not include development packages where the install left all of them out', () => {
    const entries = [entry('node_modules/x', { dev: true }), entry('node_modules/y', { dev: true })];
    expect(split(entries, []).installed).toEqual([]);
    expect(split(entries, ['/p/node_modules/x']).installed).toEqual(['node_modules/x', 'node_modules/y']);
  });
});
