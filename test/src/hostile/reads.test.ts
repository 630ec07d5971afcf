import type { Query, TaskFilter } from '@waybill/core';
import * as fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { hostileJson, hostileNumber, hostileText } from './arbitraries.fixture.ts';
import { budget } from './budget.fixture.ts';
import { forMany, timeout } from './for-many.fixture.ts';
import { inWorld } from './in-world.fixture.ts';
import { expectUnpolluted, orRefused } from './oracle.fixture.ts';
import { stores } from './ports.fixture.ts';
import { echo, things } from './world.fixture.ts';

afterEach(expectUnpolluted);

/** Mostly what the name wants, else whatever a request can say. */
const given = (...wanted: readonly [unknown, ...unknown[]]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...wanted) },
    { weight: 2, arbitrary: fc.oneof(hostileText, hostileNumber) },
    { weight: 1, arbitrary: hostileJson },
  );

const identities = fc.record({ id: given('known', 'unknown'), tenant: given('default', 'other') });

it.each(stores)(
  'whatever is asked about a task of the %s store is refused clearly, or answered',
  { timeout },
  (name) =>
    inWorld(name, async ({ waybill }) => {
      const asks = ['status', 'find', 'cancel', 'retry', 'logs', 'letter', 'replay', 'purge'] as const;
      const cases = fc.tuple(fc.constantFrom(...asks), identities);
      await forMany(cases, budget.reads / stores.length / 3, async ([ask, parts]) => {
        const { id, tenant } = parts as { id: string; tenant: string }; // what an untyped caller passes
        const asked = await orRefused<unknown>(() => {
          switch (ask) {
            case 'status':
              return waybill.task(id, tenant).status();
            case 'find':
              return waybill.find(id, tenant);
            case 'cancel':
              return waybill.cancel(id, tenant);
            case 'retry':
              return waybill.retry(id, tenant);
            case 'logs':
              return Array.fromAsync(waybill.logs(id, { tenant }));
            case 'letter':
              return waybill.deadLetters.get(id, tenant);
            case 'replay':
              return waybill.deadLetters.replay(id, tenant);
            case 'purge':
              return waybill.deadLetters.purge(id, tenant);
          }
        });
        if (!asked.ok) return false;
        expect(['unknown', undefined, false, 0]).toContain(plainAnswer(asked.value));
        return true;
      });
    }),
);

/** Nobody knows these tasks. */
const plainAnswer = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null && 'answer' in value ? value.answer : value;
};

const filters = fc.record(
  {
    tenant: given('default', 'a'),
    status: given('available', 'completed', ['failed', 'cancelled']),
    queue: given('critical', 'normal'),
    topic: given('hostile.echo'),
    stuck: given(true, false),
    limit: given(1, 2, 1_000),
    after: given(
      '{"lane":0}',
      '{"lane":1,"after":"x"}',
      '{"lane":-1}',
      '{"__proto__":1}',
      '[',
      '[]',
      '{"lane":1e9}',
    ),
  },
  { requiredKeys: [] },
);

it.each(stores)(
  'whatever list is asked of the %s store is refused clearly, or keeps to its filter',
  { timeout },
  (name) =>
    inWorld(name, async ({ waybill }) => {
      for (const tenant of ['default', 'a', 'b', '*']) await waybill.submit(echo, 1, { tenant, dueAt: 8e15 });
      await forMany(filters, budget.reads / stores.length / 3, async (parts) => {
        const filter = parts as TaskFilter; // what an untyped caller passes
        const listed = await orRefused(() => waybill.list(filter));
        if (!listed.ok) return false;
        const foreign = listed.value.tasks.filter(
          ({ tenant, topic, queue }) =>
            tenant !== (filter.tenant ?? tenant) ||
            topic !== (filter.topic ?? topic) ||
            queue !== (filter.queue ?? queue),
        );
        expect(foreign).toEqual([]);
        return true;
      });
    }),
);

const queries = fc.record(
  {
    index: given('rank', 'rank', 'rank'),
    equals: given(
      ['k'],
      ['k'],
      ['k'],
      ['k'],
      [],
      ['k', 'l'],
      [null],
      [Number.NaN],
      ['\ud800'],
      [{ $gt: '' }],
    ),
    range: given(
      undefined,
      undefined,
      { min: 1 },
      { min: 0, max: 5 },
      { max: 'x' },
      { min: 2, max: 1 },
      { min: Number.NaN },
      { min: {} },
      { __proto__: null },
    ),
    order: given('asc', 'desc'),
    limit: given(0, 1, 10, 1_000, 1_001),
    after: given(
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      '',
      '[]',
      'null',
      '{}',
      '["k",1,"a","b"]',
      'AAAA',
      'x'.repeat(10_000),
    ),
  },
  { requiredKeys: ['index', 'equals', 'limit'] },
);

it.each(stores)(
  'whatever query is asked of the %s store is refused clearly, or stays in its tenant',
  { timeout },
  (name) =>
    inWorld(name, async (world) => {
      for (const tenant of ['default', 'a', 'b', '*'])
        await world.waybill.documents(things, tenant).put('x', { kind: 'k', rank: 1, tenant });
      const cases = fc.tuple(given('default', 'a', 'c'), queries, fc.boolean());
      await forMany(cases, budget.reads / stores.length / 3, async ([givenTenant, parts, inTask]) => {
        const query = parts as unknown as Query; // what an untyped caller passes
        const tenant = inTask ? 'default' : (givenTenant as string);
        const found = await orRefused(async () =>
          inTask
            ? ((await world.perform((work) => work.documents(things).find(query))) as {
                value: { tenant: string };
              }[])
            : (await world.waybill.documents(things, tenant).find(query)).documents,
        );
        if (!found.ok) return false;
        expect(found.value.filter(({ value }) => value['tenant'] !== tenant)).toEqual([]);
        return true;
      });
    }),
);

it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 31, '5', {}])(
  'a time that no timer can wait is refused clearly: %j',
  (timeout) =>
    inWorld('memory', async ({ waybill }) => {
      const timeoutMs = timeout as number; // whatever an untyped caller passes
      const task = await waybill.submit(echo, 1, { dueAt: Date.now() + 3_600_000 });
      expect((await orRefused(() => task.result({ timeoutMs }))).ok).toBe(false);
      expect((await orRefused(() => waybill.request('hostile.nobody', 1, { timeoutMs }))).ok).toBe(false);
    }),
);
