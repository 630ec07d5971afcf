import {
  agentCollection,
  AgentLedger,
  defineCollection,
  defineEffect,
  defineHandler,
  permanent,
} from '@waybill/core';
import { MemoryStore } from '@waybill/store-memory';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

const nothing = z.object({});
const Notes = defineCollection({ name: 'notes', schema: z.object({ n: z.number() }) });

/** An outside world with two actions, which writes down what it is asked. */
const outside = () => {
  const calls: string[] = [];
  let refuseUndo = 0;
  const switchOn = defineEffect({
    name: 'switch.on',
    args: z.object({ lamp: z.string() }),
    do: ({ lamp }, { key }) => {
      calls.push(`on ${lamp} ${key.split('.').slice(1).join('.')}`);
      return lamp.toUpperCase();
    },
    undo: ({ lamp }, { key, result }) => {
      if (refuseUndo-- > 0) throw new Error('the switch is stuck');
      calls.push(`off ${lamp} ${key.split('.').slice(1).join('.')} ${result}`);
    },
  });
  const explode = defineEffect({
    name: 'explode',
    args: nothing,
    do: () => {
      throw permanent('bang');
    },
    undo: () => void calls.push('swept up'),
  });
  return {
    calls,
    switchOn,
    explode,
    effects: [switchOn, explode],
    refuseUndo: (times: number) => {
      refuseUndo = times;
    },
  };
};

describe('an effect', () => {
  it('happens, answers its result, and stays if the task commits', async () => {
    const { calls, switchOn, effects } = outside();
    const light = defineHandler({
      topic: 'light',
      input: nothing,
      run: (_, work) => work.effect(switchOn, { lamp: 'a' }),
    });
    const { waybill, work } = await openWorld({ handlers: [light], effects });
    await work();

    expect(await (await waybill.submit(light, {})).result({ timeoutMs: 2_000 })).toBe('A');
    expect(calls).toEqual(['on a 0.0']);
  });

  it('is undone, last first, if the task fails, and has a new key in the next attempt', async () => {
    const { calls, switchOn, effects } = outside();
    const light = defineHandler({
      topic: 'light',
      input: nothing,
      async run(_, work) {
        await work.effect(switchOn, { lamp: 'a' });
        await work.effect(switchOn, { lamp: 'b' });
        if (work.task.attempt === 1) throw new Error('dark');
      },
    });
    const { waybill, work } = await openWorld({ handlers: [light], effects });
    await work();

    await (await waybill.submit(light, {})).result({ timeoutMs: 2_000 });

    expect(calls).toEqual(['on a 0.0', 'on b 0.1', 'off b 0.1 B', 'off a 0.0 A', 'on a 1.0', 'on b 1.1']);
  });

  it('is not done twice when the handler runs again after a conflict', async () => {
    const { calls, switchOn, effects } = outside();
    let runs = 0;
    const light = defineHandler({
      topic: 'light',
      input: nothing,
      async run(_, work) {
        const lamp = await work.effect(switchOn, { lamp: 'a' });
        const note = await work.documents(Notes).get('n');
        if (runs++ === 0) await waybill.documents(Notes).put('n', { n: 1 });
        work.documents(Notes).put('n', { n: (note?.n ?? 0) + 1 });
        return lamp;
      },
    });
    const { waybill, work } = await openWorld({ handlers: [light], effects, collections: [Notes] });
    await work();

    expect(await (await waybill.submit(light, {})).result({ timeoutMs: 2_000 })).toBe('A');
    expect(calls).toEqual(['on a 0.0']);
    expect(runs).toBe(2);
    expect((await waybill.documents(Notes).get('n'))?.value.n).toBe(2);
  });

  it('that fails, fails the attempt, even where the handler catches the error', async () => {
    const { calls, switchOn, explode, effects } = outside();
    const careless = defineHandler({
      topic: 'careless',
      input: nothing,
      async run(_, work) {
        await work.effect(switchOn, { lamp: 'a' });
        await work.effect(explode, {}).catch(() => 'never mind');
        return 'fine';
      },
    });
    const { waybill, work } = await openWorld({ handlers: [careless], effects });
    await work();

    await expect((await waybill.submit(careless, {})).result({ timeoutMs: 2_000 })).rejects.toThrow('bang');
    expect(calls).toEqual(['on a 0.0', 'swept up', 'off a 0.0 A']);
  });

  it('must be the same whenever the task runs again', async () => {
    const { switchOn, effects } = outside();
    let runs = 0;
    const fickle = defineHandler({
      topic: 'fickle',
      input: nothing,
      async run(_, work) {
        await work.effect(switchOn, { lamp: runs++ === 0 ? 'a' : 'b' });
        const note = await work.documents(Notes).get('n');
        if (runs === 1) await waybill.documents(Notes).put('n', { n: 1 });
        work.documents(Notes).put('n', { n: note?.n ?? 0 });
      },
    });
    const { waybill, work } = await openWorld({ handlers: [fickle], effects, collections: [Notes] });
    await work();

    await expect((await waybill.submit(fickle, {})).result({ timeoutMs: 2_000 })).rejects.toThrow(
      'other arguments',
    );
  });

  it('whose undo keeps failing leaves the task stuck, listed, and resumable', async () => {
    const { calls, switchOn, effects, refuseUndo } = outside();
    refuseUndo(2);
    const light = defineHandler({
      topic: 'light',
      input: nothing,
      async run(_, work) {
        await work.effect(switchOn, { lamp: 'a' });
        throw permanent('dark');
      },
    });
    const { waybill, work } = await openWorld(
      { handlers: [light], effects },
      { settings: { undoAttempts: 2 } },
    );
    await work();
    const task = await waybill.submit(light, {});

    await until(async () => (await waybill.list({ stuck: true })).tasks.length === 1);
    expect(await task.status()).toBe('rolling-back');
    expect(calls).toEqual(['on a 0.0']);

    expect(await waybill.retry(task.id)).toEqual({ answer: 'resumed' });
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toMatchObject({ code: 'WB_TASK_FAILED' });
    expect(calls).toEqual(['on a 0.0', 'off a 0.0 A']);
    expect((await waybill.find(task.id))?.failures).toHaveLength(3);
  });
});

describe('an effect in doubt that is undone and done again', () => {
  /** An agent that keeps tombstones, asked by a task whose first workers die when they have asked. */
  const witheringWorld = async (deaths: number) => {
    const calls: string[] = [];
    const suffix = (key: string): string => key.split('.').slice(1).join('.');
    const agentStore = new MemoryStore();
    await agentStore.prepare([agentCollection]);
    const ledger = new AgentLedger(agentStore, {
      do: (_, key) => calls.push(`do ${suffix(key)}`),
      undo: (_, key) => void calls.push(`undo ${suffix(key)}`),
    });
    const book = defineEffect({
      name: 'book',
      args: nothing,
      whenInDoubt: 'undo',
      async do(args, { key }) {
        const seats = await ledger.do(key, args);
        if (deaths-- > 0) await new Promise(() => undefined);
        return seats;
      },
      undo: (args, { key }) => ledger.undo(key, args),
    });
    const trip = defineHandler({
      topic: 'trip',
      input: z.object({ fails: z.boolean().default(false) }),
      async run({ fails }, work) {
        await work.effect(book, {});
        if (fails) throw permanent('no trip');
      },
    });
    const { waybill, work } = await openWorld({ handlers: [trip], effects: [book] });
    const dieAfter = async (asked: number): Promise<void> => {
      const worker = await work();
      await until(() => calls.filter((call) => call.startsWith('do ')).length === asked);
      await worker.stop();
    };
    return { calls, trip, waybill, work, dieAfter };
  };

  it('has a new key, which an agent with a tombstone for the old one does not refuse', async () => {
    const { calls, trip, waybill, work, dieAfter } = await witheringWorld(2);
    const task = await waybill.submit(trip, {});
    await dieAfter(1);
    await dieAfter(2);
    await work();

    await task.result({ timeoutMs: 2_000 });
    expect(calls).toEqual(['do 0.0', 'undo 0.0', 'do 0.0.1', 'undo 0.0.1', 'do 0.0.2']);
  });

  it('is undone under its last key if the task fails after all', async () => {
    const { calls, trip, waybill, work, dieAfter } = await witheringWorld(1);
    const task = await waybill.submit(trip, { fails: true });
    await dieAfter(1);
    await work();

    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('no trip');
    expect(calls).toEqual(['do 0.0', 'undo 0.0', 'do 0.0.1', 'undo 0.0.1']);
  });
});

describe('cancel', () => {
  it('is seen by a handler that looks at its signal only afterwards, or again and again', async () => {
    let running = 0;
    let seen = 0;
    const slow = defineHandler({
      topic: 'slow',
      input: z.object({}),
      async run(_, work) {
        running++;
        await new Promise((resolve) => setTimeout(resolve, 100));
        for (const end = performance.now() + 1_000; performance.now() < end; ) {
          if (work.signal.aborted) {
            seen++;
            return;
          }
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
    });
    const { waybill, work } = await openWorld({ handlers: [slow] });
    await work();
    const task = await waybill.submit(slow, {});
    await until(() => running === 1);
    await task.cancel();
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('was cancelled');
    await until(() => seen === 1);
  });

  it('of a task that has not begun cancels it', async () => {
    const { waybill } = await openWorld({ handlers: [] });
    const task = await waybill.submit({ topic: 'later', input: nothing }, {});

    expect(await task.cancel()).toEqual({ answer: 'cancelled' });
    expect(await task.status()).toBe('cancelled');
    expect(await task.cancel()).toMatchObject({ answer: 'cancelled' });
  });

  it('of a running task aborts it, undoes what it did, and it never completes', async () => {
    const { calls, switchOn, effects } = outside();
    const long = defineHandler({
      topic: 'long',
      input: nothing,
      async run(_, work) {
        await work.effect(switchOn, { lamp: 'a' });
        await new Promise<void>((resolve) => work.signal.addEventListener('abort', () => resolve()));
        return 'too late';
      },
    });
    const { waybill, work } = await openWorld({ handlers: [long], effects });
    await work();
    const task = await waybill.submit(long, {});
    await until(() => calls.length === 1);

    expect(await task.cancel()).toEqual({ answer: 'cancelling' });
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('was cancelled');
    expect(calls).toEqual(['on a 0.0', 'off a 0.0 A']);
    expect(await task.status()).toBe('cancelled');
  });

  it('does not wait for a handler that does not listen', async () => {
    const { calls, switchOn, effects } = outside();
    const deaf = defineHandler({
      topic: 'deaf',
      input: nothing,
      async run(_, work) {
        await work.effect(switchOn, { lamp: 'a' });
        await new Promise(() => undefined);
      },
    });
    const { waybill, work } = await openWorld({ handlers: [deaf], effects });
    await work();
    const task = await waybill.submit(deaf, {});
    await until(async () => (await waybill.find(task.id))?.journal?.[0]?.state === 'done');

    await task.cancel();
    await expect(task.result({ timeoutMs: 2_000 })).rejects.toThrow('was cancelled');
    expect(calls).toEqual(['on a 0.0', 'off a 0.0 A']);
  });

  it('of a task that is over is too late, and says how it ended', async () => {
    const quick = defineHandler({ topic: 'quick', input: nothing, run: () => 1 });
    const { waybill, work } = await openWorld({ handlers: [quick] });
    await work();
    const task = await waybill.submit(quick, {});
    await task.result({ timeoutMs: 2_000 });

    expect(await task.cancel()).toEqual({ answer: 'too-late', status: 'completed' });
    expect(await waybill.cancel('nothing')).toEqual({ answer: 'unknown' });
  });

  it('and commit never contradict each other', async () => {
    const quick = defineHandler({ topic: 'quick', input: nothing, run: () => 1 });
    const { waybill, work } = await openWorld({ handlers: [quick] });
    await work();

    for (let n = 0; n < 100; n++) {
      const task = await waybill.submit(quick, {});
      if (n % 3 === 0) await new Promise(setImmediate);
      const { answer } = await task.cancel();
      await task.result({ timeoutMs: 2_000 }).catch(() => undefined);
      expect(await task.status()).toBe(answer === 'too-late' ? 'completed' : 'cancelled');
    }
  });
});
