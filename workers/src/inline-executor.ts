import type { Executor } from '@waybill/core';

/**
 * Runs handlers in the worker's own process and event loop. Cheapest, and unprotected: a handler that blocks the
 * loop for longer than a lease loses its task to another worker, and changes nothing any more.
 */
export const inlineExecutor: Executor = {
  run: (handler, input, unit) => handler.run(input, unit),
};
