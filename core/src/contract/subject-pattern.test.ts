import { describe, expect, it } from 'vitest';
import { PayloadError } from '../errors.ts';
import { subjectPattern } from './subject-pattern.ts';

describe('a pattern of subjects', () => {
  it.each([
    ['order.shipped', ['order.shipped'], ['order', 'order.shipped.late', 'orderxshipped']],
    ['order.*', ['order.shipped', 'order.-'], ['order', 'order.shipped.late']],
    ['order.>', ['order.shipped', 'order.shipped.late'], ['order', 'orders.shipped']],
    ['*.>', ['a.b', 'a.b.c'], ['a']],
    ['>', ['a', 'a.b'], []],
  ])('%s', (text, matched, others) => {
    const pattern = subjectPattern(text);
    expect([pattern.text, pattern.words.join('.')]).toEqual([text, text]);
    expect(pattern.isExact).toBe(text === 'order.shipped');
    expect(matched.filter((subject) => !pattern.matches(subject))).toEqual([]);
    expect(others.filter((subject) => pattern.matches(subject))).toEqual([]);
  });

  it.each(['', '.', 'a..b', '>.a', 'a*', 'a.>b', 'a b', 'a\n', `${'a'.repeat(255)}.b`, undefined])(
    'is not %j',
    (text) => {
      expect(() => subjectPattern(text as string)).toThrow(PayloadError);
    },
  );
});
