import { randomFillSync } from 'node:crypto';
import type { Runtime } from './runtime.ts';

/** A timer longer than this fires at once in Node, so longer waits are cut; their callers look again anyway. */
const longestTimerMs = 2 ** 31 - 1;

/** The real world. The only file of core that touches clocks, timers and randomness. */
export const systemRuntime = (): Runtime => {
  const ids = uuidV7Source();
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    id: () => ids(Date.now()),
    timer: (ms, callback) => {
      const handle = setTimeout(callback, Math.min(Math.max(0, ms), longestTimerMs));
      return { cancel: () => clearTimeout(handle) };
    },
  };
};

/** RFC 9562 section 5.7 with a 12-bit counter (method 1), so that ids of one process sort in the order of making. */
const uuidV7Source = (): ((now: number) => string) => {
  const pool = Buffer.alloc(8 * 512);
  let used = pool.length;
  let last = 0;
  let counter = 0;
  return (now) => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    if (now > last) {
      last = now;
      counter = pool.readUInt16BE(used) & 0x7ff;
    } else if (++counter > 0xfff) {
      last += 1;
      counter = 0;
    }
    const tail = pool.toString('hex', used, used + 8);
    used += 8;
    const time = last.toString(16).padStart(12, '0');
    const variant = ((Number.parseInt(tail.charAt(0), 16) & 0x3) | 0x8).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`;
  };
};
