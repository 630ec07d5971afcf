import {
  claimTask,
  classify,
  defineEffect,
  defineHandler,
  failAttempt,
  type Lease,
  permanent,
  postponeTask,
  Reports,
  type TaskEvent,
  type Ticket,
  Unit,
} from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { documentTasks } from './document-tasks.ts';
import { echo, Notes } from './notes.fixture.ts';
import { openWorld, until } from './world.fixture.ts';

const nothing = z.object({});

const lamp = defineEffect({ name: 'lamp', args: nothing, do: () => undefined, undo: () => undefined });

const ticketOf = (taskId: string, epoch: number): Ticket => ({
  tenant: 'default',
  taskId,
  queue: 'normal',
  rank: 5,
  epoch,
});

describe('a task', () => {
  it('runs, and its result can be awaited', async () => {
    const { waybill, work } = await openWorld({ handlers: [echo] });
    await work();

    const task = await waybill.submit(echo, { text: 'hello' });

    expect(await task.result({ timeoutMs: 2_000 })).toEqual({ text: 'hello!' });
    expect(task.outcome).toBe('created');
    expect(await task.status()).toBe('completed');
  });

  it('is refused at submit if its input does not fit the schema, and nothing is there', async () => {
    const { waybill } = await openWorld({ handlers: [echo] });

    const wrong = { text: 7 } as unknown as { text: string };
    await expect(waybill.submit(echo, wrong)).rejects.toMatchObject({ code: 'WB_PAYLOAD' });
    expect((await waybill.list()).tasks).toEqual([]);
  });

  it('of a topic nobody knows is put off for a while, and then fails for good', async () => {
    const { waybill, work } = await openWorld({ handlers: [] }, { settings: { unknownTopicMs: 200 } });
    await work();

    const task = await waybill.submit(echo, { text: 'x' });
    await until(async () => ((await waybill.find(task.id))?.forgiven ?? 0) > 1);
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
    expect((await waybill.deadLetters.get(task.id))?.failures).toMatchObject([
      { attempt: 1, class: 'permanent', message: expect.stringContaining('knows the topic echo') },
    ]);
  });

  it('of a topic that only some workers know is run by one of those', { timeout: 30_000 }, async () => {
    const knowing = await openWorld({ handlers: [echo] });
    const others = await openWorld({ handlers: [] }, { ports: knowing.ports });
    await Promise.all([others.work(), knowing.work()]);

    const given = Array.from({ length: 20 }, (_, n) => ({ type: echo, input: { text: `${n}` } }));
    const tasks = await knowing.waybill.submitMany(given);
    const results = await Promise.all(tasks.map((task) => task.result({ timeoutMs: 20_000 })));
    expect(results).toEqual(given.map(({ input }) => ({ text: `${input.text}!` })));
    const records = await Promise.all(tasks.map(({ id }) => knowing.waybill.find(id)));
    expect(records.some((record) => record !== undefined && record.forgiven > 0)).toBe(true);
    expect(records.every((record) => record?.failures === undefined)).toBe(true);
  });

  it('of a topic nobody knows fails at its deadline', async () => {
    const { waybill, work } = await openWorld({ handlers: [] });
    await work();
    const task = await waybill.submit(echo, { text: 'x' }, { deadlineAt: Date.now() + 100 });
    await expect(task.result({ timeoutMs: 5_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
    expect((await waybill.deadLetters.get(task.id))?.failures).toMatchObject([{ class: 'timeout' }]);
  });

  it('is put off anew for as long after somebody who knows its topic has failed', async () => {
    const settings = { unknownTopicMs: 60 };
    let attempts = 0;
    const flaky = defineHandler({
      topic: 'echo',
      input: z.object({ text: z.string() }),
      run: () => {
        if (++attempts === 1) throw new Error('not yet');
      },
    });
    const knowing = await openWorld({ handlers: [flaky] }, { settings });
    const { context } = knowing.waybill.engine;
    const task = await knowing.waybill.submit(echo, { text: 'x' });
    const first = await claimTask(context, ticketOf(task.id, 0), 'stranger');
    if (first === undefined) throw new Error('it was available');
    expect(await postponeTask(context, first)).toBe(true);
    expect((await knowing.waybill.find(task.id))?.unknownMs).toBeGreaterThan(0);
    await knowing.work();
    await task.result({ timeoutMs: 5_000 });
    expect(attempts).toBe(2);
    expect((await knowing.waybill.find(task.id))?.unknownMs).toBeUndefined();
  });

  it('is put off anew for as long after somebody who knows its topic has turned back', async () => {
    const { waybill } = await openWorld(
      { handlers: [echo], effects: [lamp] },
      { settings: { unknownTopicMs: 1 } },
    );
    const { context } = waybill.engine;
    const task = await waybill.submit(echo, { text: 'x' });
    const nextLease = async (): Promise<Lease> => {
      await waybill.retry(task.id);
      const { epoch = 0 } = (await waybill.find(task.id)) ?? {};
      const lease = await claimTask(context, ticketOf(task.id, epoch), 'somebody');
      if (lease === undefined) throw new Error('it was available');
      return lease;
    };
    expect(await postponeTask(context, await nextLease())).toBe(true);
    const putOffLongEnough = await nextLease();
    expect(await postponeTask(context, putOffLongEnough)).toBe(false);

    const unit = new Unit(context, putOffLongEnough, new Reports(context, putOffLongEnough), 'serializable');
    await unit.effect(lamp, {});
    await unit.close();
    const failed = {
      error: classify(new Error('not yet')),
      policy: { attempts: 3, minDelayMs: 0, maxDelayMs: 0 },
      log: [],
    };
    expect(await failAttempt(context, putOffLongEnough, failed)).toBe('retry');

    expect(await waybill.find(task.id)).toMatchObject({ phase: 'delayed', mode: 'run', round: 1 });
    expect(await postponeTask(context, await nextLease())).toBe(true);
  });

  it('of a topic nobody knows can be cancelled meanwhile', async () => {
    const { waybill, work } = await openWorld({ handlers: [] });
    await work();
    const task = await waybill.submit(echo, { text: 'x' });
    await until(async () => ((await waybill.find(task.id))?.forgiven ?? 0) > 0);
    await task.cancel();
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('was cancelled');
  });

  it('is one task for all who submit it under one idempotency key', async () => {
    const { waybill } = await openWorld({ handlers: [echo] });

    const tasks = await Promise.all(
      [1, 2, 3].map((n) => waybill.submit(echo, { text: `${n}` }, { idempotencyKey: 'once' })),
    );

    expect(new Set(tasks.map(({ id }) => id)).size).toBe(1);
    expect(tasks.map(({ outcome }) => outcome).sort()).toEqual(['created', 'existing', 'existing']);
    const other = await waybill.submit(echo, { text: 'x' }, { idempotencyKey: 'once', tenant: 'other' });
    expect(other.outcome).toBe('created');
  });

  it('of a batch is there with all the others or not at all', async () => {
    const { waybill } = await openWorld({ handlers: [echo] });
    const bad = { type: echo, input: { text: 1 } as unknown as { text: string } };

    await expect(waybill.submitMany([{ type: echo, input: { text: 'a' } }, bad])).rejects.toThrow();
    expect((await waybill.list()).tasks).toEqual([]);

    await waybill.submit(echo, { text: 'k' }, { idempotencyKey: 'k' });
    const batch = await waybill.submitMany([
      { type: echo, input: { text: 'a' } },
      { type: echo, input: { text: 'k' }, options: { idempotencyKey: 'k' } },
      { type: echo, input: { text: 'n' }, options: { idempotencyKey: 'n' } },
      { type: echo, input: { text: 'n' }, options: { idempotencyKey: 'n' } },
    ]);
    expect(batch.map(({ outcome }) => outcome)).toEqual(['created', 'existing', 'created', 'existing']);
    expect((await waybill.list()).tasks).toHaveLength(3);
  });

  it('waits until it is due', async () => {
    const { waybill, work } = await openWorld({ handlers: [echo] });
    await work();
    const dueAt = Date.now() + 120;

    const task = await waybill.submit(echo, { text: 'later' }, { dueAt });
    await task.result({ timeoutMs: 2_000 });

    expect((await waybill.find(task.id))?.startedAt).toBeGreaterThanOrEqual(dueAt);
  });
});

describe('watching a task', () => {
  it('shows its events in order, the same to everyone, and goes on after any of them', async () => {
    const chatty = defineHandler({
      topic: 'chatty',
      input: nothing,
      run(_, unit) {
        unit.log.info('one', { attempt: unit.task.attempt });
        unit.log.warn('two');
        if (unit.task.attempt === 1) throw new Error('again');
      },
    });
    const { waybill, work } = await openWorld({ handlers: [chatty] });
    await work();
    const task = await waybill.submit(chatty, {});

    const live: TaskEvent[] = [];
    for await (const event of task.events()) live.push(event);
    const replayed: TaskEvent[] = [];
    for await (const event of waybill.task(task.id).events({ after: live[2]?.seq ?? 0 }))
      replayed.push(event);

    expect(live.map(({ type }) => type)).toEqual([
      ...['submitted', 'started', 'log', 'log', 'attempt-failed'],
      ...['started', 'log', 'log', 'completed'],
    ]);
    expect(live.map(({ seq }) => seq)).toEqual(live.map(({ seq }) => seq).toSorted((a, b) => a - b));
    expect(replayed).toEqual(live.slice(3));
  });

  it('shows progress while it runs', async () => {
    const gate = Promise.withResolvers<void>();
    const working = defineHandler({
      topic: 'working',
      input: nothing,
      async run(_, unit) {
        unit.progress(0.25, 'a quarter');
        await gate.promise;
      },
    });
    const { waybill, work } = await openWorld({ handlers: [working] });
    await work();
    const task = await waybill.submit(working, {});

    await until(async () => (await waybill.find(task.id))?.progress?.fraction === 0.25);
    gate.resolve();
    await task.result({ timeoutMs: 2_000 });
  });

  it('ends with a DeadlineError when it takes too long, and the task goes on', async () => {
    const { waybill, work } = await openWorld({ handlers: [echo] });
    const task = await waybill.submit(echo, { text: 'x' });

    await expect(task.result({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'WB_DEADLINE' });
    await work();
    expect(await task.result({ timeoutMs: 2_000 })).toEqual({ text: 'x!' });
  });
});

describe('managers', () => {
  it('own the topics they name; document tasks need no code', async () => {
    const { waybill, work } = await openWorld({
      handlers: documentTasks(new Map([['notes', Notes]])).handlers ?? [],
      collections: [Notes],
      managers: [
        { name: 'shouting', topics: ['shout.*'], manage: async ({ input }) => `${JSON.stringify(input)}!` },
      ],
    });
    await work();
    const shout = { topic: 'shout.loud', input: z.string() };
    const put = { topic: 'document.put', input: z.any() };

    expect(await (await waybill.submit(shout, 'hey')).result({ timeoutMs: 2_000 })).toBe('"hey"!');
    await (await waybill.submit(put, { collection: 'notes', id: 'a', value: { text: 'b' } })).result();
    expect((await waybill.documents(Notes).get('a'))?.value).toEqual({ text: 'b', rank: 0 });
    const bad = await waybill.submit(put, { collection: 'notes', id: 'a', value: { text: 3 } });
    await expect(bad.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
  });

  it('answer or throw at once, promise, or promise as another library does', async () => {
    const answers: Readonly<Record<string, () => unknown>> = {
      'answer.now': () => 'now',
      'answer.later': async () => 'later',
      // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
      'answer.foreign': () => ({ then: (resolve: (answer: string) => void) => resolve('foreign') }),
      'answer.throws': () => {
        throw permanent('no');
      },
    };
    const { waybill, work } = await openWorld({
      managers: [
        { name: 'answering', topics: ['answer.*'], manage: ({ task }) => answers[task.topic]?.() as string },
      ],
    });
    await work();
    const ask = async (topic: string) =>
      (await waybill.submit({ topic, input: z.any() }, null)).result({ timeoutMs: 2_000 });

    expect(await ask('answer.now')).toBe('now');
    expect(await ask('answer.later')).toBe('later');
    expect(await ask('answer.foreign')).toBe('foreign');
    await expect(ask('answer.throws')).rejects.toMatchObject({
      code: 'WB_TASK_FAILED',
      message: 'the task failed: no',
      facts: { attempts: 1 },
    });
  });
});

describe('records', () => {
  it('go when they have been kept long enough', async () => {
    const { waybill, work } = await openWorld({ handlers: [echo] }, { settings: { keepCompletedMs: 0 } });
    await work();
    const task = await waybill.submit(echo, { text: 'x' });
    await task.result({ timeoutMs: 2_000 });

    const { removeExpired } = await import('@waybill/core');
    await until(async () => (await removeExpired(waybill.engine.context)) > 0);
    expect(await task.status()).toBe('unknown');
  });
});
