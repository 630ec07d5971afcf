import { setTimeout as pause } from 'node:timers/promises';

/** Looks until it is so. Throws after `ms`. */
export const until = async (
  what: string,
  isSo: () => Promise<boolean> | boolean,
  ms = 60_000,
): Promise<void> => {
  const deadline = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(20);
  }
};
