import { expect, test } from 'vitest';
import { Bag } from './bag.ts';

test('whoever leaves is gone, and nobody else, in whatever order they leave', () => {
  const bag = new Bag<number>();
  const members = Array.from({ length: 6 }, (_, n) => bag.add(n));
  const left = new Set([0, 1, 2, 3, 4, 5]);
  for (const n of [2, 5, 0, 4, 1, 3]) {
    const [member] = members.filter(({ value }) => value === n);
    if (member !== undefined) bag.remove(member);
    left.delete(n);
    expect([...bag].toSorted((a, b) => a - b)).toEqual([...left]);
    expect(bag.size).toBe(left.size);
  }
});

test('who leaves twice takes nobody along', () => {
  const bag = new Bag<string>();
  const [a, , c] = [bag.add('a'), bag.add('b'), bag.add('c')];
  for (const member of [a, a, c, c]) bag.remove(member);
  expect([...bag]).toEqual(['b']);
  bag.clear();
  bag.remove(c);
  expect(bag.size).toBe(0);
});

test('who comes after others have left is found again', () => {
  const bag = new Bag<string>();
  const [a, b] = [bag.add('a'), bag.add('b')];
  bag.remove(a);
  const c = bag.add('c');
  bag.remove(b);
  expect([...bag]).toEqual(['c']);
  bag.remove(c);
  expect(bag.size).toBe(0);
});
