import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectionError } from '@waybill/core';
import { expect, it } from 'vitest';
import { runIn } from './cli.fixture.ts';
import { openDeployment } from './open-waybill.ts';
import { makeFolder, makeProject } from './process.fixture.ts';

it.each([
  [[], 2, 'needs a command'],
  [['task'], 2, 'waybill task needs a command'],
  [['tsak', 'list'], 2, "unknown command 'tsak'. Did you mean task?"],
  [['task', 'lst'], 2, "unknown command 'lst'. Did you mean list?"],
  [['task', 'list', '--limt', '3'], 2, "unknown option '--limt'. Did you mean --limit?"],
  [['task', 'list', '--limit', '0'], 2, 'a whole number from 1 to 1000'],
  [['task', 'get'], 2, "missing required argument 'id'"],
  [['task', 'get', 'a', 'b'], 2, 'too many arguments'],
  [['task', 'submit', 'greet', '--timeout', '5s'], 2, '--timeout needs --wait'],
  [
    ['task', 'list', '--stuck', '--status', 'failed'],
    2,
    "option '--stuck' cannot be used with option '--status",
  ],
  [
    ['dead-letter', 'list', '--by-cause', '--after', 'x'],
    2,
    "'--by-cause' cannot be used with option '--after",
  ],
  [['config', 'check', '-c', 'missing.yaml'], 3, 'there is no file missing.yaml'],
  [['config', 'check', '--set', 'store.use=sqlit'], 3, 'Did you mean "sqlite"?'],
  [['config', 'check', '--queues.normal.max=many'], 3, 'queues.normal.max'],
  [['task', 'list'], 5, 'there is no deployment in'],
] as const)('%j ends with exit %i and says what is wrong', async (argv, code, message) => {
  const cwd = await makeFolder();
  const { exit, stdout, stderr } = await runIn(openDeployment, argv, { cwd });
  expect(stderr).toContain(message);
  expect(stderr).toContain('fix: ');
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stdout).toBe('');
  expect(exit).toBe(code);
  expect(existsSync(join(cwd, 'waybill.db'))).toBe(false);
});

it('a store that cannot be kept where the config says is a config error', async () => {
  const cwd = await makeProject();
  const { exit, stderr } = await runIn(openDeployment, ['task', 'list', '--store.file=./missing/tasks.db'], {
    cwd,
  });
  expect(exit).toBe(3);
  expect(stderr).toContain('does not exist');
  expect(stderr).toContain('fix: ');
});

it('errors are JSON for programs, with their problems one by one', async () => {
  const cwd = await makeFolder();
  const usage = await runIn(openDeployment, ['task', 'list', '--limit', 'x', '--json'], { cwd });
  expect(JSON.parse(usage.stderr)).toEqual({
    error: {
      ...{ code: 'usage', exit: 2, facts: {} },
      message: expect.stringContaining('--limit'),
      fix: ['see: waybill task list --help'],
    },
  });
  const config = await runIn(openDeployment, ['task', 'list', '--set', 'lease.sweepMs=x', '--json'], { cwd });
  expect(JSON.parse(config.stderr).error).toMatchObject({
    ...{ code: 'WB_CONFIG', exit: 3 },
    problems: [{ path: 'lease.sweepMs', origin: { kind: 'flag' } }],
  });
});

it('an error that nobody foresaw is told as a defect, with where it comes from', async () => {
  const open = (): never => {
    throw new TypeError('x is not a function');
  };
  const { exit, stderr } = await runIn(open, ['task', 'list']);
  expect(exit).toBe(70);
  expect(stderr).toContain('TypeError: x is not a function');
  expect(stderr).toContain('please report');
  expect(stderr).toMatch(/^ +at /m);
});

it('a backend that does not answer is exit 4, and doctor is what to do next', async () => {
  const open = (): never => {
    throw new ConnectionError('the server does not answer', { facts: { host: 'db', port: 5432 } });
  };
  const { exit, stderr } = await runIn(open, ['queue', 'status']);
  expect(exit).toBe(4);
  expect(stderr).toContain('host: db');
  expect(stderr).toContain('waybill doctor');
});

it('quiet leaves the answer and errors', async () => {
  const cwd = await makeProject();
  const quiet = await runIn(openDeployment, ['config', 'check', '-q'], { cwd });
  expect(quiet.stderr).toBe('');
  expect(quiet.stdout).toContain('greet, stray, wait');
  const wrong = await runIn(openDeployment, ['task', 'get', 'x', '-q'], { cwd });
  expect(wrong.stderr).toContain('✖ ');
});
