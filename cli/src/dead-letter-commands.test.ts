import { expect, it } from 'vitest';
import { type CliWorld, openCliWorld } from './cli.fixture.ts';

/** A world with these failures in it, and their ids. */
const withFailures = async (
  ...reasons: readonly string[]
): Promise<CliWorld & { readonly ids: readonly string[] }> => {
  const world = await openCliWorld();
  const worker = await world.work();
  const ids: string[] = [];
  for (const because of reasons) {
    const { json } = await world.run([
      'task',
      'submit',
      'fail',
      JSON.stringify({ because }),
      '--wait',
      '--json',
    ]);
    ids.push(json.id);
  }
  await worker.stop();
  return { ...world, ids };
};

it('list shows dead letters with their last error', async () => {
  const { run, ids } = await withFailures('no paper', 'no ink');
  const { stdout } = await run('dead-letter list');
  expect(stdout).toContain('WB_HANDLER: no paper');
  expect((await run('dead-letter list --limit 1 --json')).json).toMatchObject({
    deadLetters: [{ status: 'failed' }],
    next: /./,
  });
  expect((await run('dead-letter list --json')).json.deadLetters).toHaveLength(ids.length);
  expect((await run('dead-letter list --topic greet')).stderr).toContain('no dead letter matches');
});

it('list --by-cause puts together what differs in ids and long numbers only', async () => {
  const id = '0199a3c0-1111-7222-8333-444455556666';
  const { run } = await withFailures(
    `order ${id} of 1760000000000`,
    `order ${id.replace('0', '1')} of 1`,
    'HTTP 404',
    'HTTP 500',
    'HTTP 500',
  );
  const { json } = await run('dead-letter list --by-cause --json');
  expect(
    json.causes.map(({ count, message }: { count: number; message: string }) => [count, message]),
  ).toEqual(
    expect.arrayContaining([
      [2, 'HTTP 500'],
      [1, 'HTTP 404'],
      [1, 'order <id> of N'],
      [1, 'order <id> of 1'],
    ]),
  );
  expect(json.causes[0].count).toBe(2);
  expect((await run('dead-letter list --by-cause')).stdout).toMatch(
    /^ +2 +fail +permanent +WB_HANDLER +HTTP 500/m,
  );
});

it('show prints every failure with its stack; what is no dead letter is not found', async () => {
  const { run, ids } = await withFailures('no paper');
  const { stdout } = await run(['dead-letter', 'show', ids[0] ?? '']);
  expect(stdout).toContain('WB_HANDLER: no paper');
  expect(stdout).toMatch(/^ +at /m);
  const waiting = await run(['task', 'submit', 'slow']);
  const other = await run(['dead-letter', 'show', waiting.stdout.trim()]);
  expect(other.exit).toBe(5);
  expect(other.stderr).toContain('waybill task get');
});

it('replay submits anew, once', async () => {
  const { run, ids, waybill } = await withFailures('x');
  const first = await run(['dead-letter', 'replay', ids[0] ?? '', '--json']);
  const second = await run(['dead-letter', 'replay', ids[0] ?? '', '--json']);
  expect(first.json.replayed[0].id).toBe(ids[0]);
  expect(second.json).toEqual(first.json);
  expect((await waybill.find(first.json.replayed[0].replayedAs))?.replayOf).toBe(ids[0]);
  expect((await run('dead-letter replay nobody')).exit).toBe(5);
});

it('replay --all asks, and leaves alone what was replayed', async () => {
  const { run, ids } = await withFailures('x', 'y', 'z');
  await run(['dead-letter', 'replay', ids[0] ?? '']);
  const refused = await run('dead-letter replay --all --topic fail');
  expect(refused.exit).toBe(6);
  expect(refused.stderr).toContain('submit 2 dead letters of topic fail anew?');
  const { stdout, exit } = await run('dead-letter replay --all --topic fail --yes');
  expect(exit).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(2);
});

it('purge removes for good, only what was asked for and confirmed', async () => {
  const { run, ids, waybill } = await withFailures('x', 'y', 'z');
  const one = ['dead-letter', 'purge', ids[0] ?? ''];
  expect((await run(one)).exit).toBe(6);
  expect((await run([...one, '--yes', '--json'])).json).toEqual({ purged: [ids[0]] });
  expect(await waybill.find(ids[0] ?? '')).toBeUndefined();
  expect((await run([...one, '--yes'])).exit).toBe(5);
  expect((await run('dead-letter purge --all --topic other --yes')).stdout).toBe('0 dead letters removed\n');
  expect((await run('dead-letter purge --all --yes')).stdout).toBe('2 dead letters removed\n');
});

it.each(['replay', 'purge'])('%s of nothing, or of an id and all, is a usage error', async (verb) => {
  const { run, ids, waybill } = await withFailures('x');
  expect((await run(['dead-letter', verb, '--yes'])).exit).toBe(2);
  expect((await run(['dead-letter', verb, ids[0] ?? '', '--all', '--yes'])).exit).toBe(2);
  expect((await run(['dead-letter', verb, '--topic', 'fail', '--yes'])).exit).toBe(2);
  expect((await waybill.deadLetters.list()).tasks).toMatchObject([{ id: ids[0] }]);
});
