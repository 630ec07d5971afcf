import { defineHandler, type TaskEvent, type TaskHandle, transient } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

const nothing = z.object({});

/** What one reader has been told so far, and when it was told the end. */
const follow = (task: TaskHandle): { readonly events: TaskEvent[]; readonly ended: Promise<void> } => {
  const events: TaskEvent[] = [];
  const read = async (): Promise<void> => {
    for await (const event of task.events()) events.push(event);
  };
  return { events, ended: read() };
};

describe('who follows a task', () => {
  it('hears what is logged after a progress', async () => {
    const gate = Promise.withResolvers<void>();
    const working = defineHandler({
      topic: 'working',
      input: nothing,
      async run(_, work) {
        work.progress(0.5);
        await gate.promise;
        work.log.info('after it');
      },
    });
    const { waybill, work } = await openWorld({ handlers: [working] });
    await work();
    const task = await waybill.submit(working, {});

    const { events, ended } = follow(task);
    await until(() => events.some(({ type }) => type === 'progress'));
    gate.resolve();
    await ended;

    expect(events.map(({ type }) => type)).toEqual(['submitted', 'started', 'progress', 'log', 'completed']);
  });

  it('hears that it was cancelled between two attempts', async () => {
    const failing = defineHandler({
      topic: 'failing',
      input: nothing,
      run() {
        throw transient('later', { retryAfterMs: 60_000 });
      },
    });
    const { waybill, work } = await openWorld({ handlers: [failing] });
    await work();
    const task = await waybill.submit(failing, {});

    const { events, ended } = follow(task);
    await until(() => events.some(({ type }) => type === 'attempt-failed'));
    expect(await task.cancel()).toMatchObject({ answer: 'cancelled' });
    await ended;

    expect(events.map(({ type }) => type)).toEqual(['submitted', 'started', 'attempt-failed', 'cancelled']);
  });

  it('hears the lines of an attempt that was given back, and those of its other half', async () => {
    let runs = 0;
    const slow = defineHandler({
      topic: 'slow',
      input: nothing,
      async run(_, work) {
        work.log.info(`run ${++runs}`);
        if (runs === 1) await new Promise(() => undefined);
      },
    });
    const { waybill, work } = await openWorld({ handlers: [slow] });
    const first = await work({ shutdownMs: 1 });
    const task = await waybill.submit(slow, {});
    const { events, ended } = follow(task);
    await until(() => events.some(({ type }) => type === 'log'));

    await first.stop();
    await work();
    await ended;

    const lines = events.flatMap((event) => (event.type === 'log' ? [event.message] : []));
    expect(lines).toEqual(['run 1', 'run 2']);
    expect((await waybill.find(task.id))?.failures).toBeUndefined();
  });
});
