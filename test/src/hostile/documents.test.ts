import type { JsonObject } from '@waybill/core';
import * as fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { type Given, hostileGiven, hostileText, valueOf } from './arbitraries.fixture.ts';
import { budget } from './budget.fixture.ts';
import { forMany, timeout } from './for-many.fixture.ts';
import { inWorld } from './in-world.fixture.ts';
import { stores } from './ports.fixture.ts';
import { expectUnpolluted, orRefused, sameJson } from './oracle.fixture.ts';
import { things } from './world.fixture.ts';

afterEach(expectUnpolluted);

const identity = fc.oneof(
  { weight: 6, arbitrary: hostileText.map((value): Given => ({ value })) },
  { weight: 1, arbitrary: hostileGiven },
);
const textOf = (given: Given): string => valueOf(given) as string; // whatever an untyped caller passes

/** Scalars and lists are no documents, so they stand in one; the rest is whatever an untyped caller passes. */
const documentOf = (given: Given): JsonObject => {
  const value = valueOf(given);
  const isHeld = 'value' in given && (typeof value !== 'object' || value === null || Array.isArray(value));
  return (isHeld ? { held: value } : value) as JsonObject;
};

it.each(stores)('documents of the %s store are refused clearly, or come back exactly', { timeout }, (name) =>
  inWorld(name, async ({ waybill }) => {
    const cases = fc.tuple(identity, identity, hostileGiven);
    await forMany(cases, budget.documents / stores.length, async ([givenTenant, givenId, given]) => {
      const [tenant, id, value] = [textOf(givenTenant), textOf(givenId), documentOf(given)];
      const put = await orRefused(() => waybill.documents(things, tenant).put(id, value));
      const got = await orRefused(() => waybill.documents(things, tenant).get(id));
      if (!put.ok) return false;
      expect(got.ok && got.value?.id === id && sameJson(got.value.value, value)).toBe(true);
      return true;
    });
  }),
);

it.each(stores)(
  'what a task stages for the %s store is refused clearly, or kept exactly',
  { timeout },
  (name) =>
    inWorld(name, async (world) => {
      const cases = fc.tuple(identity, hostileGiven);
      await forMany(cases, budget.drafts / stores.length, async ([givenId, given]) => {
        const [id, value] = [textOf(givenId), documentOf(given)];
        const put = await orRefused(() =>
          world.perform(async (work) => {
            const documents = work.documents(things);
            documents.put(id, value);
            expect(sameJson(await documents.get(id), value)).toBe(true);
          }),
        );
        if (!put.ok) return false;
        expect(sameJson((await world.waybill.documents(things).get(id))?.value, value)).toBe(true);
        return true;
      });
    }),
);

it.each(stores)('ids that look alike to people are different documents of the %s store', async (name) => {
  await inWorld(name, async (world) => {
    const twins = [
      'é',
      'e\u0301',
      'Å',
      '\u212b',
      'ﬁ',
      'fi',
      'K',
      '\u212a',
      'a',
      'A',
      ' a',
      'a ',
      'a\u200b',
      '%61',
      'a/b',
      'a:b',
    ];
    const documents = world.waybill.documents(things);
    for (const id of twins) await documents.put(id, { kind: 'twin', rank: twins.indexOf(id) }, 'absent');
    for (const id of twins) expect((await documents.get(id))?.value['rank']).toBe(twins.indexOf(id));
    const found = await documents.find({ index: 'rank', equals: ['twin'], limit: 100 });
    expect(found.documents.map(({ id }) => id)).toEqual(twins);
  });
});

it.each(stores)('no tenant of the %s store sees the documents of another', async (name) => {
  await inWorld(name, async (world) => {
    const tenants = [
      'a',
      'A',
      'a ',
      'ab',
      'a/b',
      'a:b',
      'a.b',
      'a*',
      '*',
      '%',
      '_',
      'é',
      'e\u0301',
      '__proto__',
      'constructor',
    ];
    for (const tenant of tenants)
      await world.waybill.documents(things, tenant).put('b', { kind: 'k', rank: 1, tenant });
    for (const tenant of tenants) {
      const documents = world.waybill.documents(things, tenant);
      expect((await documents.get('b'))?.value['tenant']).toBe(tenant);
      const found = await documents.find({ index: 'rank', equals: ['k'], limit: 100 });
      expect(found.documents.map(({ value }) => value['tenant'])).toEqual([tenant]);
    }
  });
});
