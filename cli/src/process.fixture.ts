import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '../..');

export interface Finished {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  readonly said: () => { readonly stdout: string; readonly stderr: string };
}

/** The real command line in a process of its own, on the sources. */
export const start = (
  cwd: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
  stdout: 'pipe' | number = 'pipe',
): Running => {
  const child = spawn(
    process.execPath,
    ['--conditions=@waybill/source', join(import.meta.dirname, 'main.ts'), ...argv],
    { cwd, env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', stdout, 'pipe'] },
  );
  const said = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk) => (said.stdout += chunk));
  child.stderr?.on('data', (chunk) => (said.stderr += chunk));
  const finished = new Promise<Finished>((resolve) => {
    child.on('close', (exit, signal) => resolve({ exit, signal, ...said }));
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await finished;
  });
  return { child, finished, said: () => said };
};

export const finish = (
  cwd: string,
  argv: readonly string[],
  env?: Readonly<Record<string, string>>,
  stdout?: 'pipe' | number,
): Promise<Finished> => start(cwd, argv, env, stdout).finished;

/** A project as a user has it: a config, a plugin, the packages installed. */
export const makeProject = async (config = 'plugins: [./handlers.ts]'): Promise<string> => {
  const folder = await makeFolder();
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(root, 'node_modules/@waybill'), join(folder, 'node_modules/@waybill'));
  await symlink(join(root, 'node_modules/zod'), join(folder, 'node_modules/zod'));
  await writeFile(join(folder, 'waybill.config.yaml'), config);
  await writeFile(join(folder, 'handlers.ts'), handlers);
  return folder;
};

export const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const handlers = `
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { defineHandler, definePlugin } from '@waybill/core';
import { z } from 'zod';

const greet = defineHandler({
  topic: 'greet',
  input: z.object({ name: z.string() }),
  run: async ({ name }) => ({ message: 'Hello, ' + name + '!' }),
});
// Tells that it has begun, then waits until it may go on.
const wait = defineHandler({
  topic: 'wait',
  input: z.object({}),
  run: async () => {
    await writeFile('begun', '');
    while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20));
    return 'waited';
  },
});
// What no one can catch.
const stray = defineHandler({
  topic: 'stray',
  input: z.object({}),
  run: async () => {
    setTimeout(() => { throw new Error('a stray error'); });
    await new Promise(() => undefined);
  },
});
export default definePlugin({ name: 'project', handlers: [greet, stray, wait] });
`;
