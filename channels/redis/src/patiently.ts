import { isWaybillError, pause } from '@waybill/core';

/**
 * Asks again while the connection comes and goes, until it has failed for this long without a break. For requests that
 * change nothing, or nothing more when they are repeated. `ask` is told how long it may take, for all of it to be over in
 * time.
 */
export const patiently = async <T>(
  ms: number,
  signal: AbortSignal,
  ask: (leftMs: number) => Promise<T>,
): Promise<T> => {
  const deadline = performance.now() + ms;
  for (;;) {
    try {
      return await ask(Math.max(1, deadline - performance.now()));
    } catch (error) {
      const again = isWaybillError(error) && (error.code === 'WB_CONNECTION' || error.code === 'WB_IN_DOUBT');
      if (!again || signal.aborted || performance.now() >= deadline) throw error;
    }
    await pause(pauseMs, signal);
  }
};

/** A server that refuses at once is not asked all the time. */
const pauseMs = 20;
