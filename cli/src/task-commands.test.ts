import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openCliWorld, until } from './cli.fixture.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const submitted = ['task', 'submit', 'greet', '{"name":"Ada"}'];

it('submit prints the id alone on stdout, and what to do next beside it', async () => {
  const { run, waybill } = await openCliWorld();
  const { exit, stdout, stderr } = await run(submitted);
  expect(exit).toBe(0);
  expect(stdout.trim()).toMatch(uuid);
  expect(stderr).toContain(`waybill task watch ${stdout.trim()}`);
  expect((await waybill.find(stdout.trim()))?.input).toBe('{"name":"Ada"}');
});

it('submit --wait prints the result, and its exit code is the outcome', async () => {
  const { run, work } = await openCliWorld();
  await work();
  const good = await run([...submitted, '--wait']);
  expect(good.exit).toBe(0);
  expect(JSON.parse(good.stdout)).toEqual({ message: 'Hello, Ada!' });
  expect(good.stderr).toContain('✔ completed');
  const bad = await run(['task', 'submit', 'fail', '{"because":"no paper"}', '--wait']);
  expect(bad.exit).toBe(1);
  expect(bad.stdout).toBe('');
  expect(bad.stderr).toContain('failed after 1 attempt');
  expect(bad.stderr).toContain('no paper');
  expect(bad.stderr).toContain('courier.book undone');
  expect(bad.stderr).toContain('waybill task retry');
});

it('submit --wait --json prints one document with the result', async () => {
  const { run, work } = await openCliWorld();
  await work();
  const { json } = await run([...submitted, '--wait', '--json']);
  expect(json).toMatchObject({
    outcome: 'created',
    status: 'completed',
    input: { name: 'Ada' },
    result: { message: 'Hello, Ada!' },
    failures: [],
  });
});

it('submit with a key that is taken answers the first task', async () => {
  const { run } = await openCliWorld();
  const first = await run([...submitted, '--key', 'k1', '--json']);
  const second = await run([...submitted, '--key', 'k1', '--json']);
  expect(first.json.outcome).toBe('created');
  expect(second.json).toEqual({ ...first.json, outcome: 'existing' });
});

it('submit takes options to where they belong', async () => {
  const { run, waybill } = await openCliWorld();
  const options = [
    '--priority',
    '9',
    '--queue',
    'batch',
    '--tenant',
    'acme',
    '--due',
    '1h',
    '--deadline',
    '2h',
  ];
  const { stdout } = await run([...submitted, ...options]);
  const task = await waybill.find(stdout.trim(), 'acme');
  expect(task).toMatchObject({ priority: 9, queue: 'batch', phase: 'delayed' });
  expect((task?.deadlineAt ?? 0) - (task?.at ?? 0)).toBeCloseTo(3_600_000, -3);
});

it('submit reads its input from standard input and from a file', async () => {
  const { run, waybill } = await openCliWorld();
  const cwd = await mkdtemp(join(tmpdir(), 'waybill-cli-'));
  onTestFinished(() => rm(cwd, { recursive: true }));
  await writeFile(join(cwd, 'input.json'), '\ufeff{ "name": "Grace" }\n');
  const piped = await run(['task', 'submit', 'greet', '-'], { stdin: ['{"name":', '"Alan"}'] });
  const read = await run(['task', 'submit', 'greet', '@input.json'], { cwd });
  const missing = await run(['task', 'submit', 'greet', '@other.json'], { cwd });
  expect((await waybill.find(piped.stdout.trim()))?.input).toBe('{"name":"Alan"}');
  expect((await waybill.find(read.stdout.trim()))?.input).toBe('{"name":"Grace"}');
  expect(missing.exit).toBe(2);
  expect(missing.stderr).toContain('no file other.json');
});

it('an unknown topic is not found, with what was meant; --any-topic submits it unchecked', async () => {
  const { run, waybill } = await openCliWorld();
  const refused = await run(['task', 'submit', 'gret', '{}']);
  expect(refused.exit).toBe(5);
  expect(refused.stderr).toContain('did you mean greet?');
  expect(refused.stderr).toContain('--any-topic');
  const forced = await run(['task', 'submit', 'elsewhere.do', '{"x":1}', '--any-topic']);
  expect(forced.exit).toBe(0);
  expect((await waybill.find(forced.stdout.trim()))?.topic).toBe('elsewhere.do');
});

it('a topic that a manager owns is known, though no handler is', async () => {
  const { run, work } = await openCliWorld();
  await work();
  const { exit, stdout } = await run(['task', 'submit', 'image.resize', '{"width":1}', '--wait']);
  expect({ exit, stdout }).toEqual({ exit: 0, stdout: '"managed"\n' });
  expect((await run(['task', 'submit', 'images', '{}'])).exit).toBe(5);
});

it('an input that does not fit the schema of its topic is refused before anything is submitted', async () => {
  const { run, waybill } = await openCliWorld();
  const { exit, stderr, stdout } = await run(['task', 'submit', 'greet', '{"nom":"Ada"}']);
  expect(exit).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('$.name');
  expect(stderr).toContain('fix:');
  expect((await waybill.list()).tasks).toEqual([]);
});

const hostile: readonly (readonly [string, string, RegExp])[] = [
  ['broken JSON', '{"name": "secret-word" oops}', /not JSON: .*line 1, column/],
  ['a key that reaches for the prototype', '{"name":"x","__proto__":{"admin":true}}', /__proto__/],
  [
    'JSON nested a million deep',
    `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`,
    /nested deeper|not JSON/,
  ],
  ['ten megabytes', JSON.stringify({ name: 'x'.repeat(10_000_000) }), /larger than|bytes/],
  ['a megabyte', JSON.stringify({ name: 'x'.repeat(1_000_000) }), /bytes/],
  ['nothing', '', /not JSON/],
];

it.each(hostile)('%s is a usage error that shows none of it', async (_, input, message) => {
  const { run, waybill } = await openCliWorld();
  const { exit, stderr } = await run(['task', 'submit', 'greet', '-'], { stdin: input });
  expect(stderr).toMatch(message);
  expect(exit).toBe(2);
  expect(stderr.length).toBeLessThan(1_000);
  expect(stderr).not.toContain('secret-word');
  expect((await waybill.list()).tasks).toEqual([]);
});

it('more than any deployment allows is not even read', async () => {
  const { run } = await openCliWorld();
  const chunks = Array.from({ length: 9 }, () => 'x'.repeat(1_048_576));
  const { exit, stderr } = await run(['task', 'submit', 'greet', '-'], { stdin: chunks });
  expect(exit).toBe(2);
  expect(stderr).toContain('standard input is larger than 8388608 bytes');
});

it.each([
  ['a byte that begins no character', [0x22, 0x61, 0xff, 0x62, 0x22], 3],
  ['Latin-1', [...Buffer.from('{"name":"Caf'), 0xe9, 0x22, 0x7d], 13],
  ['half a surrogate pair', [0x22, 0xed, 0xa0, 0x80, 0x22], 2],
  ['a character that is cut at the end', [0x22, 0x61, 0xf0, 0x9f], 3],
])('%s is told, not replaced', async (_, bytes, place) => {
  const { run, waybill } = await openCliWorld();
  const { exit, stderr } = await run(['task', 'submit', 'greet', '-'], { stdin: [Buffer.from(bytes)] });
  expect(exit).toBe(2);
  expect(stderr).toContain(`standard input is not UTF-8: the first wrong byte is number ${place}\n`);
  expect((await waybill.list()).tasks).toEqual([]);
});

it('what a task holds cannot command the terminal', async () => {
  const { run, work } = await openCliWorld();
  await work();
  const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202eforged\r\n✔ completed';
  const { stderr } = await run(['task', 'submit', 'fail', JSON.stringify({ because: evil }), '--wait'], {
    terminal: true,
  });
  const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(stderr)?.[0] ?? '';
  const outputs = [
    stderr,
    ...(await Promise.all(
      [
        'task get',
        'task list --status failed',
        'dead-letter list',
        'dead-letter show',
        'task watch',
        'dead-letter list --by-cause',
      ].map(async (command) => {
        const words = command.split(' ');
        const ran = await run([...words, ...(/get|show|watch/.test(command) ? [id] : [])], {
          terminal: true,
        });
        return ran.stdout + ran.stderr;
      }),
    )),
  ];
  for (const text of outputs) {
    // Our own colors and the erasing of the status line are all that a terminal may obey.
    const foreign = text.replaceAll(/\u001b\[\d*(;\d+)*m|\r\u001b\[2K/g, '');
    expect(foreign).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(foreign).not.toMatch(/^✔ completed/m);
  }
  const { stdout, json } = await run(['task', 'get', id, '--json']);
  expect(stdout).not.toMatch(/[\u0000-\u0009\u007f-\u009f\u202e]/);
  expect(json.input.because).toBe(evil);
});

it('get shows a task with failures, effects and what to do next', async () => {
  const { run, work } = await openCliWorld();
  await work();
  const failed = await run(['task', 'submit', 'fail', '{"because":"no paper"}', '--wait', '--json']);
  const { stdout, stderr, exit } = await run(['task', 'get', failed.json.id]);
  expect(exit).toBe(0);
  expect(stdout).toContain('attempt 1  permanent  WB_HANDLER: no paper');
  expect(stdout).toContain('↩ undone  courier.book');
  expect(stderr).toContain(`waybill task retry ${failed.json.id}`);
  const { json } = await run(['task', 'get', failed.json.id, '--json']);
  expect(json.failures[0]).toMatchObject({ attempt: 1, class: 'permanent', message: 'no paper' });
  expect(json.effects[0]).toMatchObject({ name: 'courier.book', state: 'undone' });
  expect(json.finishedAt).toMatch(/^\d{4}-\d{2}-\d{2}T.*Z$/);
});

it.each(['get', 'watch', 'logs', 'cancel', 'retry'])('%s of no task is not found', async (verb) => {
  const { run } = await openCliWorld();
  const { exit, stderr, stdout } = await run(['task', verb, 'nobody', '--json']);
  expect(exit).toBe(5);
  expect(stdout).toBe('');
  expect(JSON.parse(stderr).error).toMatchObject({ code: 'not-found', exit: 5 });
});

it('list filters, and pages by a cursor that shells can carry', async () => {
  const { run } = await openCliWorld();
  for (const name of ['a', 'b', 'c']) await run(['task', 'submit', 'greet', JSON.stringify({ name })]);
  await run(['task', 'submit', 'slow']);
  const first = await run('task list --topic greet --limit 2 --json');
  expect(first.json.tasks).toHaveLength(2);
  expect(first.json.next).toMatch(/^[\w-]+$/);
  const rest = await run(`task list --topic greet --limit 2 --json --after ${first.json.next}`);
  expect(rest.json).toMatchObject({ tasks: [{ topic: 'greet', status: 'available' }], next: null });
  expect((await run('task list --status completed --json')).json).toEqual({ tasks: [], next: null });
  const people = await run('task list --topic slow');
  expect(people.stdout).toMatch(/^ID +TOPIC +STATUS/);
  const newest = await run('task list --topic greet --newest --json');
  const oldest = await run('task list --topic greet --json');
  expect(newest.json.tasks).toEqual(oldest.json.tasks.toReversed());
  expect((await run('task list --after rubbish')).exit).toBe(2);
});

it('watch prints every event and ends with the outcome', async () => {
  const { run, work } = await openCliWorld();
  const { stdout } = await run(submitted);
  await work();
  const watched = await run(['task', 'watch', stdout.trim(), '--json']);
  expect(watched.exit).toBe(0);
  const events = watched.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ type }) => type)).toEqual(['submitted', 'started', 'log', 'completed']);
  const again = await run(['task', 'watch', stdout.trim(), '--after', String(events[1].seq)]);
  expect(again.stdout.trim().split('\n')).toHaveLength(2);
  const failed = await run(['task', 'submit', 'fail', '{"because":"x"}']);
  expect((await run(['task', 'watch', failed.stdout.trim()])).exit).toBe(1);
});

it('logs prints the lines, and --follow those to come', async () => {
  const { run, work } = await openCliWorld();
  const { stdout } = await run(submitted);
  const following = run(['task', 'logs', stdout.trim(), '--follow', '--json']);
  await work();
  const line = JSON.parse((await following).stdout);
  expect(line).toMatchObject({ level: 'info', message: 'greeting Ada', fields: { letters: 3 } });
  const { stdout: lines } = await run(['task', 'logs', stdout.trim()]);
  expect(lines).toContain('info   greeting Ada  {"letters":3}');
  expect((await run(['task', 'logs', stdout.trim(), '--after', String(line.seq)])).stdout).toBe('');
});

it('cancel says whether it was in time', async () => {
  const { run, work } = await openCliWorld();
  const waiting = await run(submitted);
  expect(await run(['task', 'cancel', waiting.stdout.trim()])).toMatchObject({
    exit: 0,
    stdout: 'cancelled\n',
  });
  await work();
  const running = await run(['task', 'submit', 'slow']);
  await until(
    async () => (await run(['task', 'get', running.stdout.trim(), '--json'])).json.status === 'in-progress',
  );
  expect(await run(['task', 'cancel', running.stdout.trim()])).toMatchObject({
    exit: 0,
    stdout: 'cancelling\n',
  });
  const done = await run([...submitted, '--wait', '--json']);
  const late = await run(['task', 'cancel', done.json.id]);
  expect(late.exit).toBe(6);
  expect(late.stderr).toContain('too late');
  expect((await run(['task', 'cancel', done.json.id, '--json'])).json).toMatchObject({
    answer: 'too-late',
    status: 'completed',
  });
});

it('retry runs a failed task anew, and a completed one only if that is said', async () => {
  const { run, work } = await openCliWorld();
  await work();
  const failed = await run(['task', 'submit', 'fail', '{"because":"x"}', '--wait', '--json']);
  const anew = await run(['task', 'retry', failed.json.id, '--json']);
  expect(anew.json).toMatchObject({
    id: failed.json.id,
    answer: 'replayed',
    replayedAs: expect.stringMatching(uuid),
  });
  const done = await run([...submitted, '--wait', '--json']);
  const refused = await run(['task', 'retry', done.json.id]);
  expect(refused.exit).toBe(6);
  expect(refused.stderr).toContain('--again');
  expect((await run(['task', 'retry', done.json.id, '--again'])).stdout.trim()).toMatch(uuid);
  const delayed = await run([...submitted, '--due', '10h']);
  expect((await run(['task', 'retry', delayed.stdout.trim(), '--json'])).json.answer).toBe('hurried');
});

it('being interrupted while waiting leaves the task alone and says so', async () => {
  const { run, work, waybill } = await openCliWorld();
  await work();
  let interrupt: (() => void) | undefined;
  const waiting = run(['task', 'submit', 'slow', '--wait'], {
    onStart: (stop) => {
      interrupt = () => stop('SIGINT');
    },
  });
  await until(async () => (await waybill.list({ status: 'in-progress' })).tasks.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  interrupt?.();
  const { exit, stdout, stderr } = await waiting;
  expect(exit).toBe(130);
  expect(stdout).toBe('');
  expect(stderr).toContain('goes on');
  expect(stderr).toContain('waybill task watch');
  expect((await waybill.list({ status: 'in-progress' })).tasks).toHaveLength(1);
});

it('waiting longer than --timeout is exit 124, and the task goes on', async () => {
  const { run } = await openCliWorld();
  const { exit, stderr } = await run([...submitted, '--wait', '--timeout', '100ms']);
  expect(exit).toBe(124);
  expect(stderr).toContain('has not ended within 100 ms; it goes on');
});

it('progress is drawn on a terminal only, and never on stdout', async () => {
  const { run, work, plugin, waybill } = await openCliWorld();
  await work();
  // A terminal that does not know its width says 0.
  const terminal = run(['task', 'submit', 'slow', '--wait'], { terminal: true, columns: 0 });
  await until(async () => (await waybill.list({ status: 'in-progress' })).tasks[0]?.progress !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 400));
  plugin.release();
  const drawn = await terminal;
  expect(drawn.stderr).toContain('50 %  half way');
  expect(drawn.stdout).toBe('"done"\n');
  const piped = await run(['task', 'submit', 'slow', '--wait']);
  expect(piped.stderr).not.toContain('\r');
});
