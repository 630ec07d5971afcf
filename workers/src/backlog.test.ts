import { defineHandler, systemRuntime } from '@waybill/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, until } from './world.fixture.ts';

describe('a long backlog', () => {
  it('lets what is more urgent go first', async () => {
    const seen: string[] = [];
    const note = defineHandler({
      topic: 'note',
      input: z.object({ text: z.string() }),
      run: ({ text }) => void seen.push(text),
    });
    const { waybill, work } = await openWorld({ handlers: [note] }, { settings: { window: 4 } });
    for (let n = 0; n < 40; n++) await waybill.submit(note, { text: `${n}` }, { priority: 4 });
    await waybill.submit(note, { text: 'urgent' }, { priority: 7 });
    await waybill.submit(note, { text: 'critical' }, { priority: 9 });

    await work({ slots: { critical: 1, normal: 1, batch: 1 } });
    await until(() => seen.length === 42);

    expect(seen.indexOf('critical')).toBeLessThan(3);
    expect(seen.indexOf('urgent')).toBeLessThan(12);
    expect(new Set(seen).size).toBe(42);
  });

  it.each([{ apart: false }, { apart: true }])(
    'is not overtaken for ever by what comes later, submitted elsewhere: $apart',
    { timeout: 30_000 },
    async ({ apart }) => {
      const [waiting, all] = [3_000, 12_000];
      const seen: number[] = [];
      const count = defineHandler({
        topic: 'count',
        input: z.object({ n: z.number() }),
        run: ({ n }) => void seen.push(n),
      });
      const settings = { window: 1_024 };
      const { waybill, work, ports } = await openWorld({ handlers: [count] }, { settings });
      const submitter = apart
        ? (await openWorld({ handlers: [count] }, { settings, ports })).waybill
        : waybill;
      let next = 0;
      const submit = async (many: number): Promise<void> => {
        const types = Array.from({ length: many }, () => ({ type: count, input: { n: next++ } }));
        await submitter.submitMany(types);
      };
      while (next < waiting) await submit(500);
      await work();
      // As many more as end.
      while (seen.length < all) {
        if (waiting + seen.length - next >= 100) await submit(100);
        else await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const places = seen.flatMap((n, place) => (n < waiting ? [place] : []));
      expect(places).toHaveLength(waiting);
      expect(places.at(-1)).toBeLessThan(1.6 * waiting);
    },
  );

  it('is worked off without waiting for a sweep', async () => {
    let ended = 0;
    const brief = defineHandler({ topic: 'brief', input: z.object({}), run: () => void ended++ });
    const real = systemRuntime();
    const never = { cancel: () => undefined };
    const runtime = {
      ...real,
      timer: (ms: number, call: () => void) => (ms > 0 ? never : real.timer(ms, call)),
    };
    const { waybill, work } = await openWorld(
      { handlers: [brief] },
      { runtime, settings: { window: 1_024 } },
    );
    for (let n = 0; n < 6_000; n += 500)
      await waybill.submitMany(Array.from({ length: 500 }, () => ({ type: brief, input: {} })));
    await work({ slots: { normal: 100 } });
    await until(() => ended === 6_000);
  });

  it('leaves the event loop its turns while it is worked off', async () => {
    let ended = 0;
    const brief = defineHandler({ topic: 'brief', input: z.object({}), run: () => void ended++ });
    const { waybill, work } = await openWorld({ handlers: [brief] });
    for (let n = 0; n < 5_000; n += 500)
      await waybill.submitMany(Array.from({ length: 500 }, () => ({ type: brief, input: {} })));
    const inTurn: number[] = [];
    let before = 0;
    const look = (): void => {
      inTurn.push(ended - before);
      before = ended;
      if (ended < 5_000) setImmediate(look);
    };
    look();
    await work({ slots: { normal: 100 } });
    await until(() => ended === 5_000);
    expect(Math.max(...inTurn)).toBeLessThan(1_000);
  });
});
