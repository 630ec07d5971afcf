import type { SubmitOptions, TaskRecord } from '@waybill/core';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Given, hostileGiven, hostileNumber, hostileText, valueOf } from './arbitraries.fixture.ts';
import { budget } from './budget.fixture.ts';
import { forMany, timeout } from './for-many.fixture.ts';
import { expectClearRefusal, expectUnpolluted, orRefused } from './oracle.fixture.ts';
import { echo, openWorld, type World } from './world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
afterEach(expectUnpolluted);

const names = [
  'tenant',
  'priority',
  'queue',
  'dueAt',
  'deadlineAt',
  'idempotencyKey',
  'traceparent',
  '__proto__',
] as const;

const dates = fc.date({ noInvalidDate: false });
const given: fc.Arbitrary<Given> = fc.oneof(
  { weight: 4, arbitrary: fc.oneof(hostileText, hostileNumber, dates).map((value) => ({ value })) },
  { weight: 1, arbitrary: hostileGiven },
);

const entries = fc.array(fc.tuple(fc.constantFrom(...names), given), { minLength: 1, maxLength: 3 });

/** With own keys of any name, as an untyped caller passes them. */
const optionsOf = (pairs: readonly (readonly [string, Given])[]): SubmitOptions => {
  const made = {};
  for (const [name, value] of pairs)
    Object.defineProperty(made, name, { value: valueOf(value), enumerable: true, configurable: true });
  return made as SubmitOptions;
};

it(
  'options are refused clearly, or kept exactly, in a task that is found again and can end',
  async () => {
    await forMany(entries, budget.options, async (pairs) => {
      const options = optionsOf(pairs);
      const submitted = await orRefused(() => world.waybill.submit(echo, 1, options));
      if (!submitted.ok) return false;
      const { id, tenant, outcome } = submitted.value;
      const record = await world.waybill.find(id, tenant);
      expect(tenant).toBe(options.tenant ?? 'default');
      expect(record).toMatchObject({ tenant, topic: 'hostile.echo' });
      expect(record?.idempotencyKey).toBe(options.idempotencyKey);
      expect(outcome === 'existing' || isKept(options, record)).toBe(true);
      await end(id, tenant);
      return true;
    });
  },
  timeout,
);

/** What is null counts as absent. */
const isKept = (options: SubmitOptions, record: TaskRecord | undefined): boolean =>
  record?.priority === (options.priority ?? 5) &&
  record.traceparent === options.traceparent &&
  record.queue === (options.queue ?? queueOf(record.priority));

const queueOf = (priority: number): string =>
  priority >= 8 ? 'critical' : priority >= 4 ? 'normal' : 'batch';

/** Due tasks run; those of another age are cancelled. Either way none is lost. */
const end = async (id: string, tenant: string): Promise<void> => {
  const record = await world.waybill.find(id, tenant);
  if (record?.phase === 'delayed') await world.waybill.cancel(id, tenant);
  const outcome = await world.waybill
    .task(id, tenant)
    .result({ timeoutMs: 5_000 })
    .catch((error: unknown) => error);
  if (outcome instanceof Error) expect(outcome.message).toMatch(/was cancelled|deadline|took longer/);
};

it.each([
  ['queue', { queue: 'urgent' }],
  ['queue', { queue: ['normal'] }],
  ['queue', { queue: '__proto__' }],
  ['priority', { priority: Symbol('5') }],
  ['priority', { priority: '5' }],
  ['priority', { priority: -0 }],
  ['dueAt', { dueAt: Symbol('now') }],
  ['dueAt', { dueAt: '2027-01-01' }],
  ['dueAt', { dueAt: [] }],
  ['dueAt', { dueAt: null }],
  ['deadlineAt', { deadlineAt: 10n }],
  ['tenant', { tenant: '' }],
  ['tenant', { tenant: 'a\0b' }],
  ['tenant', { tenant: '\ud800' }],
  ['tenant', { tenant: ['default'] }],
  ['traceparent', { traceparent: [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`] }],
])('a wrong %s is refused: %o', async (_, given) => {
  const error: unknown = await world.waybill
    .submit(echo, 1, given as unknown as SubmitOptions)
    .catch((reason: unknown) => reason);
  expectClearRefusal(error);
});

it('keys that look alike to people are different keys', async () => {
  const twins = ['é', 'e\u0301', 'Å', '\u212b', 'a:b', 'a', 'a\u200b', 'ﬁ', 'fi', 'K', '\u212a', ' a', 'a '];
  const tasks = await Promise.all(
    twins.map((idempotencyKey) =>
      world.waybill.submit(echo, idempotencyKey, { idempotencyKey, tenant: 'twins' }),
    ),
  );
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(twins.length);
  expect(await Promise.all(tasks.map((task) => task.result()))).toEqual(twins);
});

it('neither tenant nor topic nor key can be written so that two of them meet', async () => {
  const pairs = [
    ['a', 'b","c'],
    ['a","b', 'c'],
    ['a:b', 'c'],
    ['a', 'b:c'],
    ['["a"', 'b'],
  ] as const;
  const tasks = await Promise.all(
    pairs.map(([tenant, idempotencyKey]) => world.waybill.submit(echo, 1, { tenant, idempotencyKey })),
  );
  expect(new Set(tasks.map(({ id }) => id)).size).toBe(pairs.length);
});
