import { expect, test } from 'vitest';
import { duration, parseDuration } from './duration.ts';

test.each([
  ['15s', 15_000],
  ['1.5h', 5_400_000],
  ['14d', 1_209_600_000],
  ['250 ms', 250],
  ['5m', 300_000],
  ['5min', 300_000],
])('%s is %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '15', 's', '-1s', '1e3s', '15 parsecs', '1s 2s', 'Infinitys'])(
  '"%s" is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

const lease = duration({ min: '100ms', max: '1h' });

test.each([
  ['99ms', /shorter than 100ms/],
  ['2h', /longer than 1h/],
  [-1, /shorter than 100ms/],
  [100.5, /no duration/],
  [Number.NaN, /no duration/],
  [Number.POSITIVE_INFINITY, /no duration/],
  [1e300, /longer than 1h/],
  [true, /no duration/],
  [null, /no duration/],
])('%s is refused', (value, message) => {
  expect(lease.safeParse(value).error?.issues[0]?.message).toMatch(message);
});

test('numbers and text give the same milliseconds', () => {
  expect(lease.parse(15_000)).toBe(lease.parse('15s'));
});
