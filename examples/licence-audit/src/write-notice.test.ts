import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EffectContext } from '@waybill/core';
import { expect, it } from 'vitest';
import { takenBackFile, writeNotice } from './write-notice.ts';
import { temporaryFolder } from './temporary-folder.fixture.ts';

const context: EffectContext = {
  key: 'task.0.0',
  task: { id: 'task', tenant: 'default', topic: 'audit.package' },
  epoch: 1,
  signal: new AbortController().signal,
  request: () => Promise.reject(new Error('nobody is there')),
};

it('a notice is written, and undone whether or not it was', async () => {
  const folder = await temporaryFolder('notice');
  const licenceText = join(folder, 'LICENSE');
  await writeFile(licenceText, 'MIT License\n');
  const notices = join(folder, 'notices');
  const args = { file: join(notices, 'a.txt'), heading: 'a 1.0.0: MIT', licenceText };

  expect(await writeNotice.do(args, context)).toEqual({ bytes: 26 });
  expect(await readFile(args.file, 'utf8')).toBe('a 1.0.0: MIT\n\nMIT License\n');

  await writeNotice.undo(args, context);
  await writeNotice.undo(args, context);
  await writeNotice.undo({ ...args, file: join(folder, 'never', 'done.txt') }, context);
  expect(await readdir(notices)).toEqual([takenBackFile]);
  expect(await readFile(join(notices, takenBackFile), 'utf8')).toBe(`${args.file} (effect task.0.0)\n`);
});
