import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dependenciesOf, workspacesOf } from './dependency-graph.ts';
import { type LockFile, readLockFile } from './lock-file.ts';
import { temporaryFolder } from './temporary-folder.fixture.ts';

const lockOf = async (packages: Record<string, unknown>): Promise<LockFile> => {
  const file = join(await temporaryFolder('graph'), 'package-lock.json');
  await writeFile(file, JSON.stringify({ lockfileVersion: 3, packages }));
  return readLockFile(file);
};

it('a dependency is the nearest copy, as Node finds it, and a link is what it points at', async () => {
  const lock = await lockOf({
    '': { devDependencies: { a: '1', tools: '1' } },
    'node_modules/a': { dependencies: { b: '2' }, devDependencies: { c: '1' }, peerDependencies: { c: '1' } },
    'node_modules/a/node_modules/b': { dependencies: { c: '1' }, devDependencies: { a: '1' } },
    'node_modules/b': {},
    'node_modules/c': { optionalDependencies: { missing: '1' } },
    'node_modules/tools': { resolved: 'packages/tools', link: true },
    'packages/tools': { dependencies: { b: '1' }, devDependencies: { c: '1' } },
  });
  const from = (path: string) => dependenciesOf(lock, lock.entries.get(path) ?? lock.root);
  expect(from('')).toEqual(['node_modules/a', 'packages/tools']);
  expect(from('node_modules/a')).toEqual(['node_modules/a/node_modules/b', 'node_modules/c']);
  expect(from('node_modules/a/node_modules/b')).toEqual(['node_modules/c']);
  expect(from('node_modules/c')).toEqual([]);
  expect(from('packages/tools')).toEqual(['node_modules/b', 'node_modules/c']);
  expect(workspacesOf(lock)).toEqual(['packages/tools']);
});
