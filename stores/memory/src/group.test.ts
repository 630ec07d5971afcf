import { expect, test } from 'vitest';
import { Group } from './group.ts';
import type { Place } from './place.ts';

const placeOf = (id: string, group: Group): Place => ({
  value: 1,
  side: 0,
  tenant: 'acme',
  id,
  document: undefined,
  group,
});

test('a group lasts while there is a place in it, and those it belongs to while there is one in them', () => {
  const all = new Group();
  const [one, other] = [all.make('held').make('normal'), all.make('held').make('batch')];
  const places = [placeOf('a', one), placeOf('b', one), placeOf('c', other)] as const;
  for (const place of places) place.group?.insert(place);
  expect(all.make('held').make('normal')).toBe(one);

  one.remove(places[0]);
  expect(all.next('held')?.next('normal')).toBe(one);
  one.remove(places[1]);
  expect(all.next('held')?.next('normal')).toBeUndefined();
  expect(all.next('held')?.next('batch')).toBe(other);
  other.remove(places[2]);
  expect(all.next('held')).toBeUndefined();
});

test('a text and a number are different values', () => {
  const all = new Group();
  const group = all.make('1');
  group.insert(placeOf('a', group));
  expect(all.next(1)).toBeUndefined();
});
