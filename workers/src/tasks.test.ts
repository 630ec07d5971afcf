import {
  defineCollection,
  defineHandler,
  defineSubject,
  type Message,
  permanent,
  type TaskEvent,
  transient,
} from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { documentTasks } from './document-tasks.ts';
import { openWorld, until } from './world.fixture.ts';

const Notes = defineCollection({
  name: 'notes',
  schema: z.object({ text: z.string(), rank: z.number().default(0) }),
  indexes: [{ name: 'rank', fields: ['rank'] }],
});
const Told = defineSubject({ name: 'note.told', body: z.object({ text: z.string() }) });
const echo = defineHandler({
  topic: 'echo',
  input: z.object({ text: z.string() }),
  output: z.object({ text: z.string() }),
  run: ({ text }) => ({ text: `${text}!` }),
});
const nothing = z.object({});

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

  it('of a topic nobody knows fails for good at once', async () => {
    const { waybill, work } = await openWorld({ handlers: [] });
    await work();

    const task = await waybill.submit(echo, { text: 'x' });

    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
    expect((await waybill.deadLetters.get(task.id))?.failures).toMatchObject([
      { attempt: 1, class: 'permanent' },
    ]);
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

describe('what a task stages', () => {
  it('is visible to itself at once, to others when it commits, and all of it together', async () => {
    const { waybill, work, ports } = await openWorld({ handlers: [echo], collections: [Notes] });
    let midway: unknown;
    const stage = defineHandler({
      topic: 'stage',
      input: nothing,
      async run(_, unit) {
        const notes = unit.documents(Notes);
        notes.put('a', { text: 'one', rank: 2 });
        notes.put('b', { text: 'two', rank: 1 });
        unit.submit(echo, { text: 'follow-up' });
        unit.publish(Told, { text: 'told' });
        midway = await waybill.documents(Notes).get('a');
        const found = await notes.find({ index: 'rank', equals: [], limit: 10 });
        return { own: await notes.get('a'), order: found.map(({ id }) => id) };
      },
    });
    const messages: Message[] = [];
    const stop = new AbortController();
    const ready = Promise.withResolvers<void>();
    const listening = (async () => {
      const subscription = { subject: 'note.*', signal: stop.signal, onReady: () => ready.resolve() };
      for await (const { item } of ports.channel.subscribe(subscription)) messages.push(item);
    })();
    await ready.promise;
    const world = await openWorld({ handlers: [stage, echo], collections: [Notes] }, { ports });
    await world.work();
    await work();

    const task = await world.waybill.submit(stage, {});
    const result = await task.result({ timeoutMs: 2_000 });

    expect(midway).toBeUndefined();
    expect(result).toEqual({ own: { text: 'one', rank: 2 }, order: ['b', 'a'] });
    expect((await waybill.documents(Notes).get('a'))?.value).toEqual({ text: 'one', rank: 2 });
    await until(() => messages.length === 1);
    expect(messages[0]).toMatchObject({ subject: 'note.told', body: { text: 'told' } });
    await until(async () => (await waybill.list({ status: 'completed', topic: 'echo' })).tasks.length === 1);
    stop.abort();
    await listening;
  });

  it('vanishes when the task fails', async () => {
    const fail = defineHandler({
      topic: 'fail',
      input: nothing,
      run(_, unit) {
        unit.documents(Notes).put('never', { text: 'x' });
        unit.submit(echo, { text: 'never' });
        throw permanent('no');
      },
    });
    const { waybill, work } = await openWorld({ handlers: [fail, echo], collections: [Notes] });
    await work();

    const task = await waybill.submit(fail, {});
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('failed: no');

    expect(await waybill.documents(Notes).get('never')).toBeUndefined();
    expect((await waybill.list({ topic: 'echo' })).tasks).toEqual([]);
  });

  it('is computed again when what was read has changed meanwhile', async () => {
    let runs = 0;
    const increment = defineHandler({
      topic: 'increment',
      input: nothing,
      async run(_, unit) {
        runs++;
        const note = await unit.documents(Notes).get('n');
        unit.documents(Notes).put('n', { text: '', rank: (note?.rank ?? 0) + 1 });
      },
    });
    const { waybill, work } = await openWorld({ handlers: [increment], collections: [Notes] });
    await work();

    const tasks = await waybill.submitMany(
      Array.from({ length: 12 }, () => ({ type: increment, input: {} })),
    );
    await Promise.all(tasks.map((task) => task.result({ timeoutMs: 5_000 })));

    expect((await waybill.documents(Notes).get('n'))?.value.rank).toBe(12);
    expect(runs).toBeGreaterThan(12);
  });

  it('is validated against what a query saw: a phantom makes it run again', async () => {
    let runs = 0;
    const gate = Promise.withResolvers<void>();
    const count = defineHandler({
      topic: 'count',
      input: nothing,
      async run(_, unit) {
        const found = await unit
          .documents(Notes)
          .find({ index: 'rank', equals: [], range: { min: 5 }, limit: 100 });
        if (runs++ === 0) await gate.promise;
        unit.documents(Notes).put('sum', { text: `${found.length}` });
      },
    });
    const { waybill, work } = await openWorld({ handlers: [count], collections: [Notes] });
    await work();

    const task = await waybill.submit(count, {});
    await until(() => runs === 1);
    await waybill.documents(Notes).put('phantom', { text: 'x', rank: 9 });
    gate.resolve();
    await task.result({ timeoutMs: 2_000 });

    expect((await waybill.documents(Notes).get('sum'))?.value.text).toBe('1');
  });
});

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
