import { parseDuration } from '@waybill/core';
import { CommandError } from './command-error.ts';
import { exitCodes } from './exit-code.ts';

/** Milliseconds of `30s`, `10m`, `24h`. */
export const typedDuration = (option: string, text: string): number => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new CommandError(`${option} ${text} is no duration`, {
    exit: exitCodes.usage,
    fix: 'write 500ms, 30s, 10m, 24h or 7d',
  });
};

/** An instant as ISO 8601, or so long from now. */
export const typedInstant = (option: string, text: string, now: number): number => {
  const ms = parseDuration(text);
  if (ms !== undefined) return now + ms;
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new CommandError(`${option} ${text} is no instant`, {
    exit: exitCodes.usage,
    fix: 'write 2027-01-31T08:00:00Z, or how long from now: 10m',
  });
};
