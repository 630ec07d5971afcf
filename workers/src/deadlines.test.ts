import { defineCollection, defineHandler, type PointName } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld } from './world.fixture.ts';

const nothing = z.object({});
const Notes = defineCollection({ name: 'notes', schema: z.object({ n: z.number() }) });

/** Works, without a turn of the event loop, until the instant has passed, by whatever clock. */
const toilUntil = (instant: number): void => {
  while (Date.now() < instant + 5);
};

describe('an attempt', () => {
  it('that begins after the deadline does not run, and ends the task as a timeout', async () => {
    let runs = 0;
    const late = defineHandler({
      topic: 'late',
      input: nothing,
      retry: { classes: { timeout: { attempts: 5 } } },
      run: () => void runs++,
    });
    const { waybill, work } = await openWorld({ handlers: [late] });
    await work();

    const task = await waybill.submit(late, {}, { deadlineAt: Date.now() - 1_000 });
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });

    expect(runs).toBe(0);
    expect((await waybill.find(task.id))?.failures).toMatchObject([
      { attempt: 1, class: 'timeout', code: 'WB_DEADLINE' },
    ]);
  });

  it('that begins before the deadline runs and commits', async () => {
    const timely = defineHandler({ topic: 'timely', input: nothing, run: () => 1 });
    const { waybill, work } = await openWorld({ handlers: [timely] });
    await work();

    const task = await waybill.submit(timely, {}, { deadlineAt: Date.now() + 60_000 });
    expect(await task.result({ timeoutMs: 2_000 })).toBe(1);
  });

  it('that is not over at the deadline is stopped, and is the last one', async () => {
    const slow = defineHandler({
      topic: 'slow',
      input: nothing,
      run: (_, { signal }) =>
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
    });
    const { waybill, work } = await openWorld({ handlers: [slow] });
    await work();

    const task = await waybill.submit(slow, {}, { deadlineAt: Date.now() + 40 });
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });

    expect((await waybill.find(task.id))?.failures).toMatchObject([{ attempt: 1, class: 'timeout' }]);
  });

  it('that ends after the deadline does not commit', async () => {
    let deadlineAt = 0;
    const slow = defineHandler({ topic: 'slow', input: nothing, run: () => toilUntil(deadlineAt) });
    const { waybill, work } = await openWorld({ handlers: [slow] });
    await work();

    deadlineAt = Date.now() + 500;
    const task = await waybill.submit(slow, {}, { deadlineAt });
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });

    expect((await waybill.find(task.id))?.failures).toMatchObject([{ attempt: 1, class: 'timeout' }]);
  });

  it('that fails after the deadline, of whatever, is the last one', async () => {
    let deadlineAt = 0;
    const failing = defineHandler({
      topic: 'failing',
      input: nothing,
      run() {
        toilUntil(deadlineAt);
        throw new TypeError('no');
      },
    });
    const { waybill, work } = await openWorld({ handlers: [failing] });
    await work();

    deadlineAt = Date.now() + 500;
    const task = await waybill.submit(failing, {}, { deadlineAt });
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });

    expect((await waybill.find(task.id))?.failures).toMatchObject([{ attempt: 1, code: 'TypeError' }]);
  });

  it('does not run again after a conflict when the deadline has passed', async () => {
    let runs = 0;
    let deadlineAt = 0;
    const note = defineHandler({
      topic: 'note',
      input: nothing,
      async run(_, work) {
        await work.documents(Notes).get('n');
        if (++runs === 1) await waybill.documents(Notes).put('n', { n: 1 });
      },
    });
    const reach = (point: PointName): void => {
      if (point === 'commit.after') toilUntil(deadlineAt);
    };
    const { waybill, work } = await openWorld(
      { handlers: [note], collections: [Notes] },
      { points: { reach } },
    );
    await work();

    deadlineAt = Date.now() + 500;
    const task = await waybill.submit(note, {}, { deadlineAt });
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });

    expect(runs).toBe(1);
    expect((await waybill.find(task.id))?.failures).toMatchObject([{ attempt: 1, class: 'timeout' }]);
  });
});
