import { sleep } from './runtime.ts';
import { systemRuntime } from './system-runtime.ts';

/** What adapters live in, since nobody simulates them. */
export const realTime = systemRuntime();

/** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> => sleep(realTime, ms, signal);
