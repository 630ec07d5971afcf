import type { IndexValue } from './store.ts';

/** The order of every index: numbers before strings, strings by code point. */
export const compareIndexValues = (a: IndexValue, b: IndexValue): number => {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  return typeof b === 'number' ? 1 : compareText(a, b);
};

/**
 * By code point, which is also the order of the UTF-8 bytes. JavaScript's own order differs where a surrogate
 * pair (U+10000 and above) meets U+E000 to U+FFFF.
 */
export const compareText = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
};

/** Lifts surrogates above the rest of the basic plane. */
const rank = (unit: number): number =>
  unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
