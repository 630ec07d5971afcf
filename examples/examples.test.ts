import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const folders = readdirSync(import.meta.dirname).filter((name) =>
  existsSync(join(import.meta.dirname, name, 'expected-output.txt')),
);

describe('the examples', () => {
  it('are here', () => {
    expect(folders).toEqual(
      expect.arrayContaining([
        'atomic-order',
        'custom-adapter',
        'effect-undo',
        'hello-task',
        'typed-messages',
      ]),
    );
  });

  it.each(folders)('%s prints what it promises', async (name) => {
    const cwd = join(import.meta.dirname, name);
    // Node up to 24.2 warns of the SQLite and the TypeScript that it runs.
    const quietly = ['--disable-warning=ExperimentalWarning', '--conditions=@waybill/source', 'src/main.ts'];
    const { stdout, stderr } = await run(process.execPath, quietly, { cwd, timeout: 20_000 });
    expect(stderr).toBe('');
    expect(stdout).toBe(await readFile(join(cwd, 'expected-output.txt'), 'utf8'));
  });
});
