import { type TaskRecord } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { openCliWorld, until } from './cli.fixture.ts';
import { recentOf } from './queue-stats.ts';

const greet = (...options: readonly string[]): string[] => [
  'task',
  'submit',
  'greet',
  '{"name":"Ada"}',
  ...options,
];

it('status shows what waits, and says that nobody works on it', async () => {
  const { run } = await openCliWorld();
  await run(greet());
  await run(greet('--priority', '9'));
  await run(greet('--due', '1h'));
  const { exit, stdout, stderr } = await run('queue status');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^normal +1 +1 +0 +0 +0 +1 /m);
  expect(stdout).toMatch(/^critical +1 +0 /m);
  expect(stdout).toContain('0 workers, 0 of 0 slots busy');
  expect(stderr).toContain('no worker is running');
  const { json } = await run('queue status --json');
  expect(
    json.queues.map(({ queue, waiting }: { queue: string; waiting: number }) => [queue, waiting]),
  ).toEqual([
    ['critical', 1],
    ['normal', 1],
    ['batch', 0],
  ]);
  expect(json.queues[2].oldestMs).toBeNull();
  expect(json.servers).toEqual([]);
});

it('servers lists the workers that are alive', async () => {
  const { run, work } = await openCliWorld();
  expect((await run('queue servers')).stderr).toContain('waybill worker');
  const worker = await work({ host: 'box', pid: 42, slots: { critical: 1, normal: 2, batch: 3 } });
  expect((await run('queue servers')).stdout).toMatch(/^box +42 +0 +6 +3 +running/m);
  expect((await run('queue servers --json')).json.servers).toMatchObject([
    { id: worker.id, host: 'box', slots: 6 },
  ]);
  expect((await run('queue status')).stdout).toContain('1 worker, 0 of 6 slots busy');
});

it('stats counts what has ended, and how long it took', async () => {
  const { run, work } = await openCliWorld();
  await work();
  for (let i = 0; i < 3; i++) await run(greet('--wait'));
  await run(['task', 'submit', 'fail', '{"because":"x"}', '--wait']);
  const { json } = await run('queue stats --json');
  const normal = json.queues.find(({ queue }: { queue: string }) => queue === 'normal');
  expect(normal).toMatchObject({
    completed: 3,
    failed: 1,
    cancelled: 0,
    recent: { sampled: 3, perMinute: 0.6 },
  });
  expect(normal.recent.runMs).toBeGreaterThanOrEqual(0);
  expect(json.queues[0].recent).toEqual({ sampled: 0, perMinute: null, waitMs: null, runMs: null });
  expect((await run('queue stats')).stdout).toMatch(/^normal +3 +1 +0 +0\.6 /m);
});

it('newestFirst lists what ended last first, page by page', async () => {
  const { run, work, waybill } = await openCliWorld();
  await work();
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push((await run([...greet('--wait'), '--json'])).json.id);
  const filter = { status: 'completed', newestFirst: true, limit: 3 } as const;
  const first = await waybill.list(filter);
  const rest = await waybill.list({ ...filter, after: first.next ?? '' });
  const listed = [...first.tasks, ...rest.tasks];
  expect(listed.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  const ends = listed.map(({ finishedAt = 0 }) => finishedAt);
  expect(ends).toEqual(ends.toSorted((a, b) => b - a));
  expect(ends[0]).toBeGreaterThan(ends[4] ?? 0);
});

describe('recentOf', () => {
  const ended = (agoMs: number): TaskRecord =>
    ({
      submittedAt: 900_000 - agoMs,
      startedAt: 950_000 - agoMs,
      finishedAt: 1_000_000 - agoMs,
    }) as TaskRecord;

  it('counts only what a full sample covers', () => {
    const sample = Array.from({ length: 200 }, (_, i) => ended(i * 10));
    expect(recentOf(sample, 1_000_000).perMinute).toBeCloseTo((200 * 60_000) / 1_990);
  });

  it('leaves out what ended before the window', () => {
    expect(recentOf([ended(0), ended(600_000)], 1_000_000)).toEqual({
      ...{ sampled: 2, perMinute: 0.2, waitMs: 50_000, runMs: 50_000 },
    });
  });
});

it('clear asks, and does nothing where nobody can be asked', async () => {
  const { run, waybill } = await openCliWorld();
  await run(greet());
  await run(greet('--priority', '0'));
  const refused = await run('queue clear --queue normal');
  expect(refused.exit).toBe(6);
  expect(refused.stderr).toContain('cancel 1 task of normal, for good?');
  expect(refused.stderr).toContain('--yes');
  const said = await run('queue clear', { terminal: true, stdin: 'n\n' });
  expect(said.exit).toBe(6);
  expect((await run('queue clear --dry-run --json')).json).toMatchObject({ matching: 2, cleared: 0 });
  expect((await waybill.list({ status: 'available' })).tasks).toHaveLength(2);
  expect((await run('queue clear --queue normal --yes --json')).json).toEqual({
    queues: ['normal'],
    matching: 1,
    cleared: 1,
  });
  const asked = await run('queue clear', { terminal: true, stdin: 'y\n' });
  expect(asked).toMatchObject({ exit: 0, stdout: '1 task cancelled\n' });
  expect(asked.stderr).toContain('[y/N]');
  expect((await waybill.list({ status: 'cancelled' })).tasks).toHaveLength(2);
});

it('clear of a tenant leaves the others alone', async () => {
  const { run, waybill } = await openCliWorld();
  await run(greet());
  await run(greet('--tenant', 'acme'));
  expect((await run('queue clear --tenant acme -y')).stdout).toBe('1 task cancelled\n');
  expect((await waybill.list({ status: 'available' })).tasks).toMatchObject([{ tenant: 'default' }]);
});

it('retry makes delayed tasks due, once that is confirmed', async () => {
  const { run, work } = await openCliWorld();
  const { stdout } = await run(greet('--due', '5h'));
  expect((await run('queue retry')).exit).toBe(6);
  expect((await run('queue retry --dry-run')).stdout).toContain('1 delayed or stuck task');
  expect((await run('queue retry --yes')).stdout).toBe('1 task made due\n');
  await work();
  await until(async () => (await run(['task', 'get', stdout.trim(), '--json'])).json.status === 'completed');
});

it('a queue that is none is a usage error', async () => {
  const { run } = await openCliWorld();
  const { exit, stderr } = await run('queue clear --queue urgent --yes');
  expect(exit).toBe(2);
  expect(stderr).toContain('critical, normal, batch');
});
