import assert from 'node:assert/strict';
import type { DocumentStore } from '@waybill/core';
import { it } from 'vitest';
import { harnesses } from '../harness/memory.ts';
import { altered } from './broken/altered.ts';
import type { Case } from './case.ts';
import type { Harness } from './harness.ts';
import { run, runCase, suite } from './run.ts';

type StoreCase = Case<DocumentStore>;

const memory = async (): Promise<Harness<DocumentStore>> => {
  const harness = await harnesses.store?.();
  assert.ok(harness);
  return harness;
};

const aCase = (check: StoreCase['check'], more: Partial<StoreCase> = {}): StoreCase => ({
  id: 'STORE-999',
  promise: 'it holds',
  check,
  ...more,
});

it('an adapter that hangs fails its case in time, and the run goes on', async () => {
  const harness = { ...(await memory()), deadlineMs: 50 };
  const hanging = aCase(() => new Promise(() => undefined), { id: 'STORE-998' });
  const report = await run([suite([hanging, aCase(async () => undefined)], harness)]);
  assert.deepEqual(
    report.cases.map(({ result }) => result),
    ['failed', 'passed'],
  );
  assert.match(String(report.cases[0]?.reason), /50 ms/);
});

it('a client that does not close fails the case that left it open', async () => {
  const harness = await memory();
  const stuck: Harness<DocumentStore> = {
    ...harness,
    deadlineMs: 50,
    fresh: async () => altered(await harness.fresh(), { close: () => new Promise(() => undefined) }),
  };
  const { result, reason } = await runCase(
    aCase(async (world) => void (await world.fresh())),
    stuck,
  );
  assert.equal(result, 'failed');
  assert.match(String(reason), /the clients to close/);
});

it('every client of a case is closed, also when the case fails', async () => {
  const harness = await memory();
  let open = 0;
  const counted = async (opening: Promise<DocumentStore>): Promise<DocumentStore> => {
    const store = await opening;
    open++;
    return altered(store, { close: async () => void open-- });
  };
  const counting = {
    ...harness,
    fresh: () => counted(harness.fresh()),
    another: () => counted(harness.another()),
  };
  const failing = aCase(async (world) => {
    await world.fresh();
    await world.another();
    assert.equal(open, 2);
    assert.fail('on purpose');
  });
  const { result, reason } = await runCase(failing, counting);
  assert.deepEqual([result, reason, open], ['failed', 'on purpose', 0]);
});

it('a case whose need is not met is skipped with every reason, and not tried', async () => {
  const needs = ['no wings', 'no wheels'].map((otherwise) => ({ met: () => false, otherwise }));
  const report = await run([suite([aCase(() => assert.fail('tried'), { needs })], await memory())]);
  assert.deepEqual(report.cases, [
    { id: 'STORE-999', promise: 'it holds', result: 'skipped', reason: 'no wings; no wheels' },
  ]);
  assert.deepEqual([report.passed, report.failed, report.skipped], [0, 0, 1]);
});

it('a report names each server once and counts what it lists', async () => {
  const harness = await memory();
  const told: string[] = [];
  const good = aCase(async () => undefined);
  const bad = aCase(() => Promise.reject(new Error('on purpose')));
  const other = { ...harness, server: async () => 'another 2.0' };
  const report = await run(
    [suite([good, bad], harness), suite([good], harness), suite([good], other)],
    ({ result }) => told.push(result),
  );
  assert.equal(report.server, `memory of Node.js ${process.version}, another 2.0`);
  assert.deepEqual(told, ['passed', 'failed', 'passed', 'passed']);
  assert.deepEqual([report.passed, report.failed, report.skipped], [3, 1, 0]);
});
