import { expect, test } from 'vitest';
import { didYouMean } from './did-you-mean.ts';

const technologies = ['memory', 'sqlite', 'redis', 'rabbitmq', 'kafka', 'postgres'];

test.each([
  ['reddis', 'redis'],
  ['Redis', 'redis'],
  ['rdeis', 'redis'],
  ['postgre', 'postgres'],
  ['rabbit-mq', 'rabbitmq'],
  ['memroy', 'memory'],
])('%s was meant to be %s', (written, meant) => {
  expect(didYouMean(written, technologies)).toBe(meant);
});

test.each(['mongo', '', 'x', 'a'.repeat(100_000), '__proto__'])(
  'what resembles nothing is not guessed at',
  (written) => {
    expect(didYouMean(written, technologies)).toBeUndefined();
  },
);

test('the nearest candidate wins', () => {
  expect(didYouMean('minn', ['max', 'minimum', 'min'])).toBe('min');
});
