import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseJson } from '@waybill/core';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { exitCodes } from 'waybill';
import { hostileJson, hostileText, plainJson } from './arbitraries.fixture.ts';
import { budget } from './budget.fixture.ts';
import { type CliWorld, openCliWorld, type Ran, runProcess } from './cli.fixture.ts';
import { forMany, timeout } from './for-many.fixture.ts';
import { expectUnpolluted, sameJson } from './oracle.fixture.ts';

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld();
});
afterAll(() => world.close());
afterEach(expectUnpolluted);

/** What ends by itself and needs nobody to stop it. */
const commands = [
  ...['task submit', 'task get', 'task list', 'task logs', 'task cancel', 'task retry', 'task', ''],
  ...['queue status', 'queue stats', 'queue clear', 'queue retry', 'queue servers', 'dead-letter list'],
  ...['dead-letter show', 'dead-letter replay', 'dead-letter purge', 'config check', 'config print'],
  ...['adapter list', 'adapter capabilities'],
];
const options = [
  ...['--json', '--quiet', '--verbose', '--no-color', '--help', '--version', '--any-topic', '--yes', '--all'],
  ...['--dry-run', '--by-cause', '--newest', '--stuck', '--again', '--origins', '--', '-', '-x', '--no-json'],
];
const valued = [
  ...['--priority', '--queue', '--due', '--deadline', '--key', '--tenant', '--status', '--topic', '--limit'],
  ...['--cursor', '--after', '--set', '--config', '--timeout', '--queues.critical.max', '--lease.sweepMs'],
];
const plain = fc.constantFrom(
  'hostile.echo',
  '{}',
  '1',
  '10',
  'critical',
  'a',
  'completed',
  '10m',
  'lease.sweepMs=1s',
);
const word = fc.oneof({ weight: 2, arbitrary: plain }, { weight: 3, arbitrary: hostileText });
const argument = fc.oneof(
  word.map((each) => [each]),
  fc.constantFrom(...options).map((each) => [each]),
  fc.tuple(fc.constantFrom(...valued), word),
  fc.tuple(fc.constantFrom(...valued), word).map(([option, value]) => [`${option}=${value}`]),
);
const lines = fc
  .tuple(fc.constantFrom(...commands), fc.array(argument, { maxLength: 4 }))
  .map(([command, rest]) => [...command.split(' ').filter(Boolean), ...rest.flat()]);

const known: ReadonlySet<number> = new Set(
  Object.values(exitCodes).filter((code) => code !== exitCodes.defect),
);

/** A command that is not understood says so in lines that no terminal obeys, without a stack, by a code of its own. */
const complaintAbout = ({ exit, stdout, stderr }: Ran, isVerbose: boolean): string | undefined => {
  if (exit === null || !known.has(exit)) return `it ended with ${exit}`;
  if (unsafe.test(stdout) || unsafe.test(stderr)) return 'it printed what a terminal obeys';
  if (!(stdout + stderr).isWellFormed()) return 'it printed what is no text';
  if (/^ +at .*:\d+/m.test(stderr) && !isVerbose) return 'it printed a stack';
  if (exit !== 0 && !/✖|"error"/.test(stderr) && !isFinding.test(stdout))
    return 'it did not say what is wrong';
  return stdout.length + stderr.length > 1_000_000 ? 'it printed without end' : undefined;
};

/** `config check --json` has done what it was asked for, also where the answer is no. */
const isFinding = /^\{"ok":false,"message":"[^"]/;
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

const expectClear = (argv: readonly string[], ran: Ran): void => {
  const complaint = complaintAbout(ran, argv.includes('--verbose'));
  if (complaint !== undefined) throw new Error(`${complaint}: ${JSON.stringify(ran)}`);
};

it('whatever is typed is done, or refused clearly', { timeout }, async () => {
  await forMany(lines, (budget.commandLine * 5) / 6, async (argv) => {
    const ran = await world.run(argv, '{"from":"stdin"}');
    expectClear(argv, ran);
    return ran.exit === 0;
  });
});

it('an input that is typed is refused clearly, or submitted exactly', { timeout }, async () => {
  const typed = fc.oneof(
    { weight: 3, arbitrary: fc.oneof(plainJson, hostileJson).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: hostileText.filter((text) => !text.startsWith('@')) },
  );
  const cases = fc.tuple(typed, fc.boolean());
  await forMany(cases, budget.commandLine / 6, async ([text, isPiped]) => {
    const argv = ['task', 'submit', 'hostile.echo', isPiped ? '-' : text, '--json'];
    const ran = await world.run(isPiped ? argv : [...argv.slice(0, 3), ...argv.slice(4), '--', text], text);
    expectClear(argv, ran);
    if (ran.exit !== 0) return false;
    const { id } = JSON.parse(ran.stdout) as { id: string }; // what `--json` prints
    const record = await world.waybill.find(id);
    const wanted: unknown = text === '-' ? {} : JSON.parse(text);
    expect(sameJson(parseJson(record?.input ?? ''), wanted)).toBe(true);
    return true;
  });
});

it('the same in processes of their own', { timeout }, async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'waybill-hostile-'));
  const some = fc.sample(lines, 24).map((argv) => argv.map((each) => each.replaceAll('\0', '')));
  for (let n = 0; n < some.length; n += 4) {
    const four = some.slice(n, n + 4);
    const ran = await Promise.all(four.map((argv) => runProcess(cwd, argv)));
    for (const [i, argv] of four.entries()) expectClear(argv, ran[i] as Ran); // as many as were started
  }
  await rm(cwd, { recursive: true });
  expect(some.length).toBe(24);
});
