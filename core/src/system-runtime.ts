import { randomFillSync } from 'node:crypto';
import type { Runtime } from './runtime.ts';

/** A timer longer than this fires at once in Node, so longer waits are cut; their callers look again anyway. */
const longestTimerMs = 2 ** 31 - 1;

/** The real world. The only file of core that touches clocks, timers and randomness. */
export const systemRuntime = (): Runtime => system;

/**
 * RFC 9562 section 5.7 with a 12-bit counter (method 1), so that ids of one process sort in the order of making. An id is
 * copied from a buffer at once: V8 would keep one that is joined from parts as a tree of them, until it is first looked up.
 */
const uuidV7Source = (): ((now: number) => string) => {
  const random = randomUnits();
  const id = Buffer.from('00000000-0000-0000-0000-000000000000');
  let last = -1;
  let counter = 0;
  const setTime = (ms: number): void => {
    last = ms;
    setUnit(id, 0, Math.floor(ms / 2 ** 32));
    setUnit(id, 4, ms / 2 ** 16);
    setUnit(id, 9, ms);
  };
  return (now) => {
    if (now > last) {
      counter = random() & 0x7ff;
      setTime(now);
    } else if (++counter > 0xfff) {
      counter = 0;
      setTime(last + 1);
    }
    setUnit(id, 14, 0x7000 | counter);
    setUnit(id, 19, 0x8000 | (random() & 0x3fff));
    for (let at = 24; at < 36; at += 4) setUnit(id, at, random());
    return id.toString('latin1');
  };
};

const digits = Buffer.from('0123456789abcdef');

/** Writes the lowest 16 bits of a number in hexadecimal. */
const setUnit = (text: Buffer, at: number, unit: number): void => {
  for (let shift = 12; shift >= 0; shift -= 4) text[at++] = digits[(unit >> shift) & 0xf] ?? 0;
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
