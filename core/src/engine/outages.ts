import { isWaybillError } from '../errors.ts';
import { type Runtime, sleep } from '../runtime.ts';
import type { EngineContext } from './engine-context.ts';
import type { Lease } from './lease.ts';

/** Before the next try of what failed so often because a backend was out of reach: the longer, the more often it failed. */
export const backOffMs = (runtime: Runtime, tries: number): number =>
  runtime.random() * Math.min(1_000, 10 * 2 ** tries);

/**
 * Reads on behalf of a held task. An outage of the store that ends within the lease is waited out: it is no fault of the
 * task, and must cost it no attempt. The last try begins when the lease, as it was when the read began, runs out: the store's
 * error is thrown if that fails as well.
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
    await sleep(runtime, Math.min(backOffMs(runtime, tries), until - runtime.monotonic()));
  }
};
