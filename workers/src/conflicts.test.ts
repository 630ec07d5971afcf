import { setTimeout as pause } from 'node:timers/promises';
import { defineCollection, defineHandler, type PointName } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

const nothing = z.object({});
const Counts = defineCollection({ name: 'counts', schema: z.object({ n: z.number() }) });

/** Counts the handlers that run at once. */
const gauge = () => {
  let now = 0;
  const seen = { most: 0 };
  const measure = async <T>(run: () => Promise<T>): Promise<T> => {
    seen.most = Math.max(seen.most, ++now);
    return run().finally(() => now--);
  };
  return { seen, measure };
};

/**
 * One slot. The first commit of `contended` meets a conflict, of which it hears when `blocker` has got its slot, which it
 * keeps until it is let go.
 */
const openBlocked = async (options: { readonly timeoutMs?: number; readonly leaseMs?: number } = {}) => {
  const { timeoutMs = 60_000, leaseMs = 300 } = options;
  const { seen, measure } = gauge();
  const gate = Promise.withResolvers<void>();
  const order: string[] = [];
  const contended = defineHandler({
    topic: 'contended',
    input: nothing,
    timeoutMs,
    run: (_, work) =>
      measure(async () => {
        order.push('contended');
        const count = await work.documents(Counts).get('c');
        if (order.length === 1) await waybill.documents(Counts).put('c', { n: 7 });
        work.documents(Counts).put('c', { n: (count?.n ?? 0) + 1 });
        return work.task.attempt;
      }),
  });
  const blocker = defineHandler({
    topic: 'blocker',
    input: nothing,
    run: () =>
      measure(async () => {
        order.push('blocker');
        await gate.promise;
      }),
  });
  const brief = defineHandler({
    topic: 'brief',
    input: nothing,
    run: () =>
      measure(async () => {
        order.push('brief');
        await pause(1);
      }),
  });
  let commits = 0;
  const reach = (point: PointName): Promise<void> | undefined =>
    point === 'commit.after' && ++commits === 1 ? until(() => order.includes('blocker')) : undefined;
  const { waybill, work } = await openWorld(
    { handlers: [contended, blocker, brief], collections: [Counts] },
    { points: { reach }, settings: { leaseMs } },
  );
  const worker = await work({ slots: { normal: 1 }, shutdownMs: 5 });
  const task = await waybill.submit(contended, {});
  const blocking = await waybill.submit(blocker, {});
  await until(() => order.includes('blocker'));
  await pause(20);
  expect(order).toEqual(['contended', 'blocker']);
  return { waybill, work, worker, task, blocking, brief, seen, gate, order };
};

describe('a handler that runs again after a conflict', () => {
  it('has a slot again: no more handlers run at once than there are slots', async () => {
    const { seen, measure } = gauge();
    const count = defineHandler({
      topic: 'count',
      input: nothing,
      priority: 1,
      run: (_, work) =>
        measure(async () => {
          const old = await work.documents(Counts).get('c');
          await pause(1);
          work.documents(Counts).put('c', { n: (old?.n ?? 0) + 1 });
        }),
    });
    const { waybill, work } = await openWorld({ handlers: [count], collections: [Counts] });
    const tasks = await waybill.submitMany(Array.from({ length: 24 }, () => ({ type: count, input: {} })));
    await work({ slots: { batch: 2 } });

    await Promise.all(tasks.map((task) => task.result({ timeoutMs: 4_000 })));

    expect((await waybill.documents(Counts).get('c'))?.value.n).toBe(24);
    expect(seen.most).toBe(2);
  });

  it('waits for a slot as long as it takes: that is not its time, and its lease is kept', async () => {
    const { task, waybill, gate, order, seen } = await openBlocked({ timeoutMs: 200, leaseMs: 400 });
    await pause(700);
    expect(order).toEqual(['contended', 'blocker']);
    gate.resolve();

    expect(await task.result({ timeoutMs: 2_000 })).toBe(1);
    expect((await waybill.documents(Counts).get('c'))?.value.n).toBe(8);
    expect(seen.most).toBe(1);
  });

  it('goes before tasks that have not begun', async () => {
    const { task, waybill, brief, gate, order } = await openBlocked();
    const other = await waybill.submit(brief, {});
    gate.resolve();

    await Promise.all([task, other].map((each) => each.result({ timeoutMs: 2_000 })));
    expect(order).toEqual(['contended', 'blocker', 'contended', 'brief']);
  });

  it('waits no longer when its task is cancelled, and its slot goes to others', async () => {
    const { task, blocking, waybill, brief, gate, order, seen } = await openBlocked();
    await waybill.cancel(task.id);
    await until(async () => (await task.status()) === 'cancelled');
    expect(await blocking.status()).toBe('in-progress');
    gate.resolve();

    const others = await waybill.submitMany([1, 2, 3].map(() => ({ type: brief, input: {} })));
    await Promise.all(others.map((each) => each.result({ timeoutMs: 2_000 })));
    expect(order).toEqual(['contended', 'blocker', 'brief', 'brief', 'brief']);
    expect(seen.most).toBe(1);
  });

  it('waits no longer when the worker stops: its task is given back, and the attempt does not count', async () => {
    const { task, worker, work, gate, order } = await openBlocked({ leaseMs: 60_000 });
    await worker.stop();
    await until(() => worker.running === 0);

    await work({ slots: { normal: 2 } });
    expect(await task.result({ timeoutMs: 2_000 })).toBe(1);
    gate.resolve();
    expect(order.filter((each) => each === 'contended')).toHaveLength(2);
  });
});
