/**
 * The world as core sees it: time, randomness and timers. Everything in core goes through it, so that the same
 * code runs on a simulated one.
 */
export interface Runtime {
  /** Wall clock of this machine, milliseconds since 1970. For people and defaults; never for leases. */
  now(): number;
  /** Milliseconds that only grow. */
  monotonic(): number;
  /** 0 inclusive to 1 exclusive. */
  random(): number;
  /** A new UUID, version 7: sortable by the time of its making. */
  id(): string;
  /**
   * Calls back once, after at least `ms` milliseconds; `cancel` prevents it. With 0 the event loop goes round first, so
   * that others have their turn.
   */
  timer(ms: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
export const sleep = (runtime: Runtime, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = runtime.timer(ms, end);
    signal?.addEventListener('abort', end, { once: true });
  });
