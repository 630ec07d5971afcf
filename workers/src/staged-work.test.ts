import { defineHandler, defineSubject, type Message, permanent } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { echo, Notes } from './notes.fixture.ts';
import { openWorld, until } from './world.fixture.ts';

const Told = defineSubject({ name: 'note.told', body: z.object({ text: z.string() }) });
const nothing = z.object({});

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

  it.each(['get', 'find'] as const)(
    'under snapshot is computed again when what it has read by %s, and writes, has changed meanwhile',
    async (how) => {
      const increment = defineHandler({
        topic: 'increment',
        input: nothing,
        isolation: 'snapshot',
        async run(_, unit) {
          const notes = unit.documents(Notes);
          const [found] = await notes.find({ index: 'rank', equals: [], limit: 10 });
          const rank = how === 'get' ? (await notes.get('n'))?.rank : found?.value.rank;
          notes.put('n', { text: '', rank: (rank ?? 0) + 1 });
        },
      });
      const { waybill, work } = await openWorld({ handlers: [increment], collections: [Notes] });
      await waybill.documents(Notes).put('n', { text: '', rank: 0 });
      await work();

      const tasks = await waybill.submitMany(
        Array.from({ length: 12 }, () => ({ type: increment, input: {} })),
      );
      await Promise.all(tasks.map((task) => task.result({ timeoutMs: 5_000 })));

      expect((await waybill.documents(Notes).get('n'))?.value.rank).toBe(12);
    },
  );

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
