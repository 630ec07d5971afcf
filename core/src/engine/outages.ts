import { isWaybillError } from '../errors.ts';
import { type Runtime, sleep } from '../runtime.ts';
import type { EngineContext } from './engine-context.ts';
import type { Lease } from './lease.ts';

/** Before the next try of what failed so often because a backend was out of reach: the longer, the more often. */
export const backOff = (runtime: Runtime, tries: number, signal?: AbortSignal): Promise<void> =>
  sleep(runtime, runtime.random() * Math.min(1_000, 10 * 2 ** tries), signal);

/**
 * Reads on behalf of a held task. An outage of the store that ends within the lease is waited out: it is no fault of the
 * task, and must cost it no attempt. Throws the store's error once the lease, as it was when the read began, has run out.
 */
export const readHeld = async <T>(
  { runtime }: Pick<EngineContext, 'runtime'>,
  lease: Lease,
  read: () => Promise<T>,
): Promise<T> => {
  const until = lease.expiresAt;
  for (let tries = 0; ; tries++) {
    try {
      return await read();
    } catch (error) {
      const isPassing = isWaybillError(error) && error.retryable;
      if (!isPassing || lease.isOver || runtime.monotonic() >= until) throw error;
    }
    await backOff(runtime, tries);
  }
};
