import { epochMs } from '../world.ts';
import type { Step } from './walk.ts';

/**
 * An outage of the store that is shorter than a lease is no fault of a task, and costs it no attempt: the holder waits it
 * out. A lease runs from when it was asked for: a claim may have taken half of it, or more where its worker was paused
 * meanwhile, and its answer some more.
 */
export const checkOutages = (steps: readonly Step[], leaseMs: number): string[] => {
  const claimed = new Map<string, { readonly at: number; readonly leftMs: number }>();
  const found: string[] = [];
  for (const { arrow, taskId, after, at, by } of steps) {
    if (arrow === 'claim') {
      const lateMs = epochMs + at - (after?.startedAt ?? epochMs + at);
      claimed.set(taskId, { at, leftMs: leaseMs - Math.max(0, lateMs) });
    }
    if (arrow !== 'fail' && arrow !== 'begin-rollback') continue;
    const message = after?.failures?.at(-1)?.message ?? '';
    const claim = claimed.get(taskId);
    if (claim === undefined || !ofStore.test(message)) continue;
    const heldMs = at - claim.at;
    if (heldMs < claim.leftMs / 4)
      found.push(`${taskId} fails after ${heldMs.toFixed(0)} ms of its lease because the ${message} (${by})`);
  }
  return found;
};

/** The words of a line to the store. */
const ofStore = /^store (cannot be reached|does not answer)/;
