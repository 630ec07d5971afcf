import { expect, test } from 'vitest';
import { Backlog } from './backlog.ts';

const take = (backlog: Backlog<{ readonly place: number }>, many: number): (number | undefined)[] =>
  Array.from({ length: many }, () => backlog.take()?.place);

test('what is put back comes at its place, in whatever order it is put back', () => {
  const backlog = new Backlog<{ readonly place: number }>();
  for (let place = 0; place < 6; place++) backlog.push({ place });
  expect(take(backlog, 4)).toEqual([0, 1, 2, 3]);
  for (const place of [2, 0, 3]) backlog.putBack({ place });
  expect([backlog.size, backlog.first?.place]).toEqual([5, 0]);
  expect(take(backlog, 6)).toEqual([0, 2, 3, 4, 5, undefined]);
});

test('what was never taken may be older than what is put back', () => {
  const backlog = new Backlog<{ readonly place: number }>();
  backlog.push({ place: 1 });
  backlog.putBack({ place: 2 });
  expect(take(backlog, 3)).toEqual([1, 2, undefined]);
});

test('nothing is left once it is cleared', () => {
  const backlog = new Backlog<{ readonly place: number }>();
  backlog.push({ place: 1 });
  backlog.putBack({ place: 0 });
  backlog.clear();
  expect([backlog.size, backlog.first, backlog.take()]).toEqual([0, undefined, undefined]);
});

test('a hundred thousand come out as they went in', () => {
  const backlog = new Backlog<{ readonly place: number }>();
  const places = Array.from({ length: 100_000 }, (_, place) => place);
  for (const place of places) backlog.push({ place });
  expect(take(backlog, places.length)).toEqual(places);
});
