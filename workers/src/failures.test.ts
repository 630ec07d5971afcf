import { defineHandler, type Json, permanent, transient } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld } from './world.fixture.ts';

const nothing = z.object({});

describe('a failing task', () => {
  it('is tried again after a while, and keeps the history of its errors', async () => {
    const flaky = defineHandler({
      topic: 'flaky',
      input: nothing,
      run: (_, { task }) => {
        if (task.attempt < 3) throw new TypeError(`attempt ${task.attempt}`);
        return task.attempt;
      },
    });
    const { waybill, work } = await openWorld({ handlers: [flaky] });
    await work();

    const task = await waybill.submit(flaky, {});

    expect(await task.result({ timeoutMs: 2_000 })).toBe(3);
    expect((await waybill.find(task.id))?.failures).toMatchObject([
      { attempt: 1, class: 'transient', code: 'TypeError', message: 'attempt 1' },
      { attempt: 2, message: 'attempt 2' },
    ]);
  });

  it('waits as long as its error asks for', async () => {
    const busy = defineHandler({
      topic: 'busy',
      input: nothing,
      run: (_, { task }) => {
        if (task.attempt === 1) throw transient('busy', { retryAfterMs: 150 });
      },
    });
    const { waybill, work } = await openWorld({ handlers: [busy] });
    await work();

    const task = await waybill.submit(busy, {});
    await task.result({ timeoutMs: 2_000 });

    const record = await waybill.find(task.id);
    expect((record?.startedAt ?? 0) - (record?.failures?.[0]?.failedAt ?? 0)).toBeGreaterThanOrEqual(149);
  });

  it.each([
    ['an object', { reason: 'closed', code: 7 }, "{ reason: 'closed', code: 7 }"],
    ['a text', 'closed', 'closed'],
    ['nothing', null, 'null'],
    ['an error with a fix', permanent('closed', { fix: 'open it' }), 'closed; fix: open it'],
  ])('keeps what it threw: %s', async (_, thrown, message) => {
    const thrower = defineHandler({
      topic: 'thrower',
      input: nothing,
      retry: { attempts: 1 },
      run: () => {
        throw thrown;
      },
    });
    const { waybill, work } = await openWorld({ handlers: [thrower] });
    await work();
    const task = await waybill.submit(thrower, {});
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
    expect((await waybill.find(task.id))?.failures).toMatchObject([{ message }]);
  });

  it('that takes too long is stopped by its signal, and fails as a timeout', async () => {
    let told: unknown;
    const slow = defineHandler({
      topic: 'slow',
      input: nothing,
      timeoutMs: 30,
      retry: { attempts: 1 },
      run: (_, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            told = signal.reason;
            resolve(null);
          }),
        ),
    });
    const { waybill, work } = await openWorld({ handlers: [slow] });
    await work();

    const task = await waybill.submit(slow, {});
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });

    expect(told).toMatchObject({ code: 'WB_DEADLINE' });
    expect((await waybill.find(task.id))?.failures).toMatchObject([{ class: 'timeout' }]);
  });

  it('becomes a dead letter that can be listed, replayed once, and purged', async () => {
    let broken = true;
    const fragile = defineHandler({
      topic: 'fragile',
      input: z.object({ n: z.number() }),
      run: ({ n }) => {
        if (broken) throw permanent('broken');
        return n;
      },
    });
    const { waybill, work } = await openWorld({ handlers: [fragile] });
    await work();
    const task = await waybill.submit(fragile, { n: 7 });
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow();

    expect((await waybill.deadLetters.list()).tasks.map(({ id }) => id)).toEqual([task.id]);
    broken = false;
    const first = await waybill.deadLetters.replay(task.id);
    expect(await waybill.deadLetters.replay(task.id)).toEqual(first);

    expect(first.answer).toBe('replayed');
    const again = waybill.task(first.answer === 'replayed' ? first.id : '');
    expect(await again.result({ timeoutMs: 2_000 })).toBe(7);
    expect(await task.status()).toBe('failed');
    expect(await waybill.deadLetters.purge(task.id)).toBe(true);
    expect(await task.status()).toBe('unknown');
  });

  it('fails if its result does not fit', async () => {
    const wrong = defineHandler({
      topic: 'wrong',
      input: nothing,
      output: z.object({ n: z.number() }),
      run: () => ({ n: 'seven' as unknown as number }),
    });
    const { waybill, work } = await openWorld({ handlers: [wrong] });
    await work();

    const task = await waybill.submit(wrong, {});
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('result of wrong is not valid');
  });

  it.each([
    ['a bigint', 1n, 'the result holds a bigint at $.it; fix: put text in its place, such as String(it)'],
    ['a date', new Date(0), 'the result has a toJSON at $.it; fix: put what that answers in its place'],
    ['a function', () => 1, 'the result holds a function at $.it; fix: put a JSON value in its place'],
  ])('that answers %s is told what to answer instead', async (_, it, message) => {
    const wrong = defineHandler({
      topic: 'wrong',
      input: nothing,
      retry: { attempts: 1 },
      run: () => ({ it }) as unknown as Json,
    });
    const { waybill, work } = await openWorld({ handlers: [wrong] });
    await work();

    const task = await waybill.submit(wrong, {});
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
    expect((await waybill.find(task.id))?.failures?.[0]?.message).toContain(message);
  });
});
