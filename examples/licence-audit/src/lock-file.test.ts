import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LockFileError, readLockFile } from './lock-file.ts';
import { temporaryFolder } from './temporary-folder.fixture.ts';

const write = async (content: unknown): Promise<string> => {
  const file = join(await temporaryFolder('lock-file'), 'package-lock.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};

const refusalOf = async (content: unknown): Promise<string> => {
  const error: unknown = await readLockFile(await write(content)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LockFileError);
  return error instanceof Error ? error.message : '';
};

describe('a lock file', () => {
  it('names a package by its place, or by its own name where the two differ', async () => {
    const lock = await readLockFile(
      await write({
        name: 'shop',
        lockfileVersion: 3,
        packages: {
          '': { name: 'shop', version: '2.0.0' },
          'node_modules/a/node_modules/@b/c': { version: '1.0.0', integrity: 'sha512-x' },
          'node_modules/alias': { name: 'real', version: '3.0.0' },
          tools: { name: '@shop/tools', version: '0.0.1' },
          'node_modules/@shop/tools': { resolved: 'tools', link: true },
        },
      }),
    );
    expect(lock.root).toMatchObject({ name: 'shop', version: '2.0.0' });
    expect([...lock.entries.values()].map(({ name }) => name)).toEqual([
      '@b/c',
      'real',
      '@shop/tools',
      '@shop/tools',
    ]);
  });

  it('that is missing, no JSON, something else or too old is refused with the reason', async () => {
    await expect(readLockFile('/nowhere/package-lock.json')).rejects.toThrow('there is no such file');
    expect(await refusalOf('{"lockfileVersion":')).toContain('is no JSON');
    expect(await refusalOf([])).toContain('is no package-lock.json');
    expect(await refusalOf({ lockfileVersion: 1, dependencies: {} })).toContain('npm 7 or later');
    expect(await refusalOf({ lockfileVersion: 3, packages: {} })).toContain('names no project');
    expect(await refusalOf({ lockfileVersion: 3, packages: { a: { version: 1 } } })).toContain(
      'packages.a.version',
    );
  });
});
