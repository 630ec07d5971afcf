import { isWaybillError, parseJson } from '@waybill/core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { canary, hostileGiven, valueOf } from './arbitraries.fixture.ts';
import { budget } from './budget.fixture.ts';
import { unfit } from './corpus.fixture.ts';
import { forMany, timeout } from './for-many.fixture.ts';
import { expectClearRefusal, expectUnpolluted, orRefused, sameJson } from './oracle.fixture.ts';
import { echo, openWorld, type World } from './world.fixture.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
afterEach(expectUnpolluted);

it.each(Object.entries(unfit))('an input that is or holds %s is refused, clearly', async (_, make) => {
  for (const value of [make(canary), { a: [make(canary)] }]) {
    const error: unknown = await world.waybill.submit(echo, value).catch((reason: unknown) => reason);
    expectClearRefusal(error);
  }
});

it(
  'an input is refused clearly, or comes back exactly from the record and from the handler',
  async () => {
    await forMany(hostileGiven, budget.inputs, async (given) => {
      const input = valueOf(given);
      const submitted = await orRefused(() => world.waybill.submit(echo, input));
      if (!submitted.ok) return false;
      const result = await submitted.value.result();
      const record = await world.waybill.find(submitted.value.id);
      expect(sameJson(result, input) && sameJson(parseJson(record?.input ?? ''), input)).toBe(true);
      return true;
    });
  },
  timeout,
);

it(
  'a result is kept exactly, or fails its task with a clear error',
  async () => {
    await forMany(hostileGiven, budget.results, async (given) => {
      // An async function cannot answer these: it waits for the one, and fails by itself with the other.
      if ('unfit' in given && !given.held && ['a promise', 'a revoked proxy'].includes(given.unfit))
        return false;
      const value = valueOf(given);
      const result: unknown = await world.perform(() => value).catch((error: unknown) => error);
      const isRefused = isWaybillError(result);
      expect(isRefused ? !result.message.includes(canary) : sameJson(result, value)).toBe(true);
      return !isRefused;
    });
  },
  timeout,
);
