import { AssertionError } from 'node:assert/strict';
import { setImmediate as turnOfTheLoop, setTimeout as pause } from 'node:timers/promises';

/** The promise's outcome, or a failure once `ms` have passed. */
export const within = async <T>(ms: number, what: string, promise: Promise<T>): Promise<T> => {
  const cancel = new AbortController();
  const late = pause(ms, undefined, { signal: cancel.signal }).then(() => {
    throw new AssertionError({ message: `waited ${ms} ms in vain for ${what}` });
  });
  late.catch(() => undefined); // its cancellation is no failure
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel.abort();
  }
};

/** Waits until the condition gives something other than undefined or false, and answers that. */
export const eventually = async <T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 8_000,
): Promise<T> => {
  const end = performance.now() + ms;
  for (;;) {
    const met = await within(ms, what, Promise.resolve(condition()));
    if (met !== undefined && met !== false) return met;
    if (performance.now() > end) throw new AssertionError({ message: `waited ${ms} ms in vain for ${what}` });
    await pause(5);
  }
};

/** For loops without a bound: an adapter that answers within microtasks would starve their deadline. */
export const turn = (): Promise<void> => turnOfTheLoop();

/** The only unconditional wait of the kit: for what must not happen. */
export const stillness = (ms: number): Promise<void> => pause(ms);
