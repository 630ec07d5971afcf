import { setTimeout as pause } from 'node:timers/promises';
import type { Json, LogLine, TaskEvent } from '@waybill/core';
import * as fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Given, hostileGiven, hostileNumber, hostileText, valueOf } from './arbitraries.fixture.ts';
import { budget } from './budget.fixture.ts';
import { forMany, timeout } from './for-many.fixture.ts';
import { expectUnpolluted, orRefused, sameJson } from './oracle.fixture.ts';
import { openWorld, type World } from './world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
afterEach(expectUnpolluted);

/** Progress goes to the store after a while, and the latest only. */
const writtenAfterMs = 350;
const text: fc.Arbitrary<Given> = fc.oneof(
  { weight: 6, arbitrary: hostileText.map((value): Given => ({ value })) },
  { weight: 1, arbitrary: hostileGiven },
);
const level = fc.constantFrom('info', 'warn', 'error');

/** Of a task that is over. */
const eventsOf = (id: string): Promise<TaskEvent[]> => Array.fromAsync(world.waybill.task(id).events());

it('a line of a log is refused clearly, or kept: its fields exactly, its text as far as it is one', {
  timeout,
}, async () => {
  const cases = fc.tuple(level, text, fc.option(hostileGiven, { nil: undefined }));
  await forMany(cases, budget.reports / 2, async ([level, givenText, givenFields]) => {
    const message = valueOf(givenText) as string; // whatever an untyped caller passes
    const fields = givenFields && (valueOf(givenFields) as Record<string, Json>); // as above
    let id = '';
    const told = await orRefused(() =>
      world.perform((work) => {
        id = work.task.id;
        work.log[level](message, fields);
      }),
    );
    const lines = await Array.fromAsync(world.waybill.logs(id));
    expect(lines.length).toBe(told.ok ? 1 : 0);
    if (!told.ok) return false;
    const [line] = lines as [LogLine];
    expect(line.level).toBe(level);
    expect(sameJson(line.fields, fields)).toBe(true);
    expectKept(line.message, message);
    const heard = (await eventsOf(id)).filter((event) => event.type === 'log');
    expect(heard).toEqual([{ type: 'log', ...line }]);
    return true;
  });
});

it('progress is refused clearly, or kept', { timeout }, async () => {
  const fraction: fc.Arbitrary<Given> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.oneof(fc.double({ min: 0, max: 1 }), hostileNumber).map((value) => ({ value })),
    },
    { weight: 1, arbitrary: hostileGiven },
  );
  const cases = fc.tuple(fraction, fc.option(text, { nil: undefined }));
  let told = 0;
  await forMany(cases, budget.reports / 2, async ([givenFraction, givenText]) => {
    const fraction = valueOf(givenFraction) as number; // whatever an untyped caller passes
    const message = givenText && (valueOf(givenText) as string); // as above
    const isSeen = ++told % 100 === 0;
    let id = '';
    const reported = await orRefused(() =>
      world.perform(async (work) => {
        id = work.task.id;
        work.progress(fraction, message);
        // What is over sooner is never written: that it is over says it all.
        if (isSeen) await pause(writtenAfterMs);
      }),
    );
    const record = await world.waybill.find(id);
    expect(record?.phase).toBe(reported.ok ? 'completed' : 'failed');
    const kept = record?.progress;
    expect(kept !== undefined).toBe(reported.ok && isSeen);
    expect(kept === undefined || kept.fraction === fraction).toBe(true);
    if (kept !== undefined && message !== undefined) expectKept(kept.message ?? '', message);
    return reported.ok;
  });
});

/** Text that is short enough and well-formed comes back; of the rest as much as there is room for. */
const expectKept = (kept: string, given: unknown): void => {
  expect(kept.isWellFormed()).toBe(true);
  expect(kept.length).toBeLessThanOrEqual(8_192);
  if (typeof given === 'string' && given.length <= 8_192) expect(kept).toBe(given.toWellFormed());
};
