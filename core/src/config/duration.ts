import { z } from 'zod';

const units = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const written = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/;

/** Milliseconds of `15s`, `1.5h`, `14d`; `undefined` if the text is no duration. */
export const parseDuration = (text: string): number | undefined => {
  const match = written.exec(text.trim());
  if (match === null) return undefined;
  return Number(match[1]) * units[match[2] as keyof typeof units]; // the pattern allows only these
};

export interface DurationRange {
  readonly min: string;
  readonly max: string;
}

/** A number of milliseconds, or text such as `15s`; whole milliseconds within the range. */
export const duration = ({ min, max }: DurationRange) => {
  const least = parseDuration(min) ?? 0;
  const most = parseDuration(max) ?? Number.MAX_SAFE_INTEGER;
  return z.union([z.number(), z.string()], { error: notDuration }).transform((value, context) => {
    const ms = typeof value === 'number' ? value : parseDuration(value);
    const wrong =
      ms === undefined || !Number.isInteger(ms)
        ? notDuration
        : ms < least
          ? `is shorter than ${min}`
          : ms > most
            ? `is longer than ${max}`
            : undefined;
    if (wrong === undefined && ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: wrong ?? notDuration, input: value });
    return z.NEVER;
  });
};

const notDuration = 'is no duration: use milliseconds, or text such as "15s", "5m", "24h", "14d"';
