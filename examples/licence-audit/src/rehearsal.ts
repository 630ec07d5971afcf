import { setTimeout as pause } from 'node:timers/promises';
import { transient, type UnitOfWork } from '@waybill/core';
import { z } from 'zod';

/**
 * What `--demo` adds to an audit, so that something worth seeing happens in it: reading a manifest takes a
 * millisecond, and nothing goes wrong by itself. Without `--demo` no task carries a rehearsal.
 */
export const rehearsalSchema = z.strictObject({
  /** Waits this long after the effect, so that a worker can be killed while it holds tasks. */
  paceMs: z.number(),
  /** Fails the first attempt, after the effect. */
  failsOnce: z.boolean(),
});
export type Rehearsal = z.output<typeof rehearsalSchema>;

/**
 * How long all packages together should keep four places busy, and the longest wait for one of them: a few packages must
 * last until a busy machine has looked at them, found half of them done and killed a worker that holds others.
 */
const totalMs = 7_000;
const places = 4;
const longestMs = 1_000;

/** For the package at this place of all: an even pace, and one failure in the first half of the run. */
export const rehearsalOf = (index: number, packages: number): Rehearsal => ({
  paceMs: Math.min(longestMs, Math.round((totalMs * places) / packages)),
  failsOnce: index === Math.floor(packages / 4),
});

export const rehearse = async (rehearsal: Rehearsal | undefined, work: UnitOfWork): Promise<void> => {
  if (rehearsal === undefined) return;
  await pause(rehearsal.paceMs, undefined, { signal: work.signal });
  if (rehearsal.failsOnce && work.task.attempt === 1) {
    throw transient('rehearsed: the first attempt of this package fails on purpose', { retryAfterMs: 500 });
  }
};

/** Listed like an installed package, but its folder holds no manifest: a package that cannot be resolved. */
export const brokenPackage = {
  name: 'demo-broken',
  version: '0.0.0',
  folder: new URL('../demo-broken', import.meta.url),
} as const;
