import { randomFillSync } from 'node:crypto';
import type { Runtime } from './runtime.ts';

/** A timer longer than this fires at once in Node, so longer waits are cut; their callers look again anyway. */
const longestTimerMs = 2 ** 31 - 1;

/** The real world. The only file of core that touches clocks, timers and randomness. */
export const systemRuntime = (): Runtime => system;

/** RFC 9562 section 5.7 with a 12-bit counter (method 1), so that ids of one process sort in the order of making. */
const uuidV7Source = (): ((now: number) => string) => {
  const random = randomUnits();
  let last = -1;
  let time = '';
  let counter = 0;
  return (now) => {
    if (now > last) {
      last = now;
      counter = random() & 0x7ff;
      time = timePart(last);
    } else if (++counter > 0xfff) {
      last += 1;
      counter = 0;
      time = timePart(last);
    }
    const [a, b, c] = [random(), random(), random()];
    return `${time}${hex(0x7000 | counter)}-${hex(0x8000 | (random() & 0x3fff))}-${hex(a)}${hex(b)}${hex(c)}`;
  };
};

const timePart = (ms: number): string => {
  const digits = ms.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-`;
};

/** Random numbers of 16 bits. */
const randomUnits = (): (() => number) => {
  const pool = new Uint16Array(4_096);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    return pool[used++] ?? 0;
  };
};

const bytes = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));
const hex = (unit: number): string => `${bytes[unit >> 8]}${bytes[unit & 0xff]}`;

const ids = uuidV7Source();

/** One for the process: its ids sort in the order of their making, and V8 need not learn for each engine what is called. */
const system: Runtime = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  id: () => ids(Date.now()),
  timer: (ms: number, callback: () => void) => {
    if (ms <= 0) {
      const next = setImmediate(callback);
      return { cancel: () => clearImmediate(next) };
    }
    const handle = setTimeout(callback, Math.min(ms, longestTimerMs));
    return { cancel: () => clearTimeout(handle) };
  },
});
