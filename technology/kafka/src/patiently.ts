import { ClosedError, pause, type WaybillError } from '@waybill/core';

/** A failure that the next attempt may not meet, and what to say if there is none. */
export class Passing extends Error {
  readonly said: WaybillError;

  constructor(said: WaybillError) {
    super(said.message, { cause: said });
    this.said = said;
  }
}

/** Asks again while the failure is a passing one, until the deadline (of `performance.now()`) or the signal. */
export const patiently = async <T>(
  deadline: number,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> => {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    if (signal.aborted) throw new ClosedError('the connection to Kafka is closed');
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Passing)) throw error;
      if (performance.now() + pauseMs >= deadline) throw error.said;
    }
    await pause(pauseMs, signal);
  }
};

const firstPauseMs = 5;
const longestPauseMs = 200;
