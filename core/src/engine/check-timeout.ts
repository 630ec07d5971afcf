import { PayloadError } from '../errors.ts';

/** Throws a `PayloadError` for what no timer can wait: longer ones would fire at once. */
export const checkTimeout = (timeoutMs: number): void => {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= longestTimer) return;
  throw new PayloadError('the timeout is not allowed', { fix: `use milliseconds from 0 to ${longestTimer}` });
};

const longestTimer = 2 ** 31 - 1;
