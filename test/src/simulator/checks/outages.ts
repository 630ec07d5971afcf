import type { Step } from './walk.ts';

/**
 * An outage of the store that is shorter than a lease is no fault of a task, and costs it no attempt: the holder waits it
 * out. A claim may have taken half of its lease, and its answer some more.
 */
export const checkOutages = (steps: readonly Step[], leaseMs: number): string[] => {
  const claimed = new Map<string, number>();
  const found: string[] = [];
  for (const { arrow, taskId, after, at, by } of steps) {
    if (arrow === 'claim') claimed.set(taskId, at);
    if (arrow !== 'fail' && arrow !== 'begin-rollback') continue;
    const message = after?.failures?.at(-1)?.message ?? '';
    const heldMs = at - (claimed.get(taskId) ?? at);
    if (ofStore.test(message) && heldMs < leaseMs / 4)
      found.push(`${taskId} fails after ${heldMs.toFixed(0)} ms of its lease because the ${message} (${by})`);
  }
  return found;
};

/** The words of a line to the store. */
const ofStore = /^store (cannot be reached|does not answer)/;
