import { closeSync, existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { until } from './cli.fixture.ts';
import { finish, makeFolder, makeProject, start } from './process.fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

const leases = ['--set', 'lease.durationMs=400ms', '--set', 'lease.sweepMs=50ms'];

it('--help and --version answer on stdout', async () => {
  const cwd = await makeFolder();
  const help = await finish(cwd, ['--help']);
  expect(help).toMatchObject({ exit: 0, stderr: '' });
  expect(help.stdout).toContain('Exit codes: 0 ok');
  const version = await finish(cwd, ['--version']);
  expect(version).toMatchObject({ exit: 0, stdout: '0.1.0\n' });
});

it('nothing that --help needs loads core', () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export)(?! type)\s[^;]*?from '([^']+)'/gm,
    )) {
      if (specifier.startsWith('.')) follow(join(dirname(file), specifier));
      else if (!specifier.startsWith('node:')) packages.add(specifier);
    }
  };
  follow(join(import.meta.dirname, 'run-process.ts'));
  expect(seen.size).toBeGreaterThan(15);
  expect([...packages]).toEqual(['commander']);
});

it.each([
  [[], 2, 'needs a command'],
  [['config', 'check', '--queues.normal.max=many'], 3, 'queues.normal.max'],
  [['task', 'list'], 5, 'there is no deployment in'],
] as const)('%j ends with exit %i and says what is wrong', async (argv, code, message) => {
  const cwd = await makeFolder();
  const { exit, stdout, stderr } = await finish(cwd, argv);
  expect(stderr).toContain(message);
  expect(stderr).toContain('fix: ');
  expect(stdout).toBe('');
  expect(exit).toBe(code);
  expect(existsSync(join(cwd, 'waybill.db'))).toBe(false);
});

it('up works in a project, and a first interrupt lets running tasks finish', async () => {
  const cwd = await makeProject();
  const up = start(cwd, ['up']);
  await until(() => up.said().stderr.includes('Ready'));
  expect(up.said().stderr).toContain('greet, stray, wait');
  await until(() => up.said().stderr.includes(`task submit stray '{}' --wait`));
  const done = await finish(cwd, ['task', 'submit', 'greet', '{"name":"Ada"}', '--wait', '--json']);
  expect(JSON.parse(done.stdout)).toMatchObject({ status: 'completed', result: { message: 'Hello, Ada!' } });
  const { stdout: id } = await finish(cwd, ['task', 'submit', 'wait']);
  await until(() => existsSync(join(cwd, 'begun')));
  up.child.kill('SIGINT');
  await until(() => up.said().stderr.includes('1 running task may finish'));
  writeFileSync(join(cwd, 'go'), '');
  expect(await up.finished).toMatchObject({ exit: 0, signal: null });
  const { stdout } = await finish(cwd, ['task', 'get', id.trim(), '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', attempt: 1, result: 'waited' });
});

it.each([
  ['killed', 'SIGKILL', { exit: null, signal: 'SIGKILL' }],
  ['asked twice to stop', 'SIGTERM', { exit: 143, signal: null }],
] as const)('the task of a worker that is %s runs elsewhere', async (_, signal, end) => {
  const cwd = await makeProject();
  const first = start(cwd, ['worker', ...leases, '--json']);
  await until(() => first.said().stdout.includes('"ready"'));
  const { stdout: id } = await finish(cwd, ['task', 'submit', 'wait']);
  await until(() => existsSync(join(cwd, 'begun')));
  first.child.kill(signal);
  if (signal === 'SIGTERM') {
    await until(() => first.said().stdout.includes('"stopping"'));
    first.child.kill(signal);
  }
  expect(await first.finished).toMatchObject(end);
  writeFileSync(join(cwd, 'go'), '');
  const other = start(cwd, ['worker', ...leases, '--json']);
  expect((await finish(cwd, ['task', 'watch', id.trim()])).exit).toBe(0);
  await until(() => other.said().stdout.includes('"settled"'));
  const { stdout } = await finish(cwd, ['task', 'get', id.trim(), '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ attempt: 2, failures: [{ class: 'crash' }], result: 'waited' });
});

it('interrupted while it waits, submit leaves the task alone', async () => {
  const cwd = await makeProject();
  const waiting = start(cwd, ['task', 'submit', 'greet', '{"name":"Ada"}', '--wait']);
  await until(() => waiting.said().stderr.includes('no worker is running'));
  waiting.child.kill('SIGINT');
  const { exit, stderr } = await waiting.finished;
  expect(exit).toBe(130);
  expect(stderr).toContain('goes on');
  expect((await finish(cwd, ['task', 'list', '--status', 'available', '--json'])).stdout).toContain(
    '"greet"',
  );
});

it('a reader that goes away ends the command without a stack trace', async () => {
  const cwd = await makeProject();
  const printing = start(cwd, ['config', 'print']);
  printing.child.stdout?.destroy();
  const { exit, stderr } = await printing.finished;
  expect(stderr).not.toMatch(/EPIPE|^ +at /m);
  expect(exit).toBe(141);
});

it.runIf(existsSync('/dev/full'))('output for which there is no room is an error of its own', async () => {
  const cwd = await makeProject();
  const full = openSync('/dev/full', 'w');
  onTestFinished(() => closeSync(full));
  const { exit, stderr } = await finish(cwd, ['config', 'print', '--json'], {}, full);
  expect(JSON.parse(stderr).error).toMatchObject({
    ...{ code: 'io-failed', exit: 74, message: 'standard output cannot be written: ENOSPC' },
    fix: [expect.stringContaining('make room')],
  });
  expect(exit).toBe(74);
});

it('a worker whose readers go away goes on working', async () => {
  const cwd = await makeProject();
  const worker = start(cwd, ['worker']);
  await until(() => worker.said().stderr.includes('works on'));
  worker.child.stdout?.destroy();
  worker.child.stderr?.destroy();
  const { exit } = await finish(cwd, ['task', 'submit', 'greet', '{"name":"Ada"}', '--wait']);
  expect(exit).toBe(0);
  expect(worker.child.exitCode).toBeNull();
});

it('a watcher whose reader goes away says nothing, and the task goes on', async () => {
  const cwd = await makeProject();
  const { stdout: id } = await finish(cwd, ['task', 'submit', 'greet', '{"name":"Ada"}']);
  const watching = start(cwd, ['task', 'watch', id.trim(), '--json']);
  watching.child.stdout?.destroy();
  expect(await watching.finished).toMatchObject({ exit: 141, stderr: '' });
  const { stdout } = await finish(cwd, ['task', 'get', id.trim(), '--json']);
  expect(JSON.parse(stdout).status).toBe('available');
});

it('a worker that writes for programs lets its tasks finish when its reader goes away', async () => {
  const cwd = await makeProject();
  const worker = start(cwd, ['worker', '--json']);
  await until(() => worker.said().stdout.includes('"ready"'));
  const { stdout: id } = await finish(cwd, ['task', 'submit', 'wait']);
  await until(() => existsSync(join(cwd, 'begun')));
  worker.child.stdout?.destroy();
  await finish(cwd, ['task', 'submit', 'greet', '{"name":"Ada"}', '--wait']);
  await until(() => worker.said().stderr.includes('1 running task may finish'));
  writeFileSync(join(cwd, 'go'), '');
  expect(await worker.finished).toMatchObject({ exit: 141, signal: null });
  const { stdout } = await finish(cwd, ['task', 'get', id.trim(), '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'completed', attempt: 1 });
});

it('an error that a plugin lets escape ends the worker, and is told', async () => {
  const cwd = await makeProject();
  const worker = start(cwd, ['worker']);
  await until(() => worker.said().stderr.includes('works on'));
  await finish(cwd, ['task', 'submit', 'stray']);
  const { exit, stderr } = await worker.finished;
  expect(exit).toBe(70);
  expect(stderr).toContain('✖ Error: a stray error');
  expect(stderr).toContain('of a plugin');
});
