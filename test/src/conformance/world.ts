import type { Harness, Testable } from './harness.ts';
import { within } from './time.ts';

/** All that one case sees: its own namespace, and how long to wait for nothing. */
export interface World<Tested extends Testable> {
  readonly capabilities: Tested['capabilities'];
  readonly quietMs: number;
  /** Aborts when the case is over, so that no loop outlives it. */
  readonly signal: AbortSignal;
  fresh(): Promise<Tested>;
  another(): Promise<Tested>;
}

/** Runs `check` in a world of its own; closes every client made there, also if it fails. */
export const inWorld = async <Tested extends Testable>(
  harness: Harness<Tested>,
  check: (world: World<Tested>) => Promise<void>,
): Promise<void> => {
  const clients: Tested[] = [];
  const over = new AbortController();
  const opened = async (opening: Promise<Tested>): Promise<Tested> => {
    const client = await opening;
    clients.push(client);
    return client;
  };
  const world: World<Tested> = {
    capabilities: harness.capabilities,
    quietMs: harness.quietMs ?? 100,
    signal: over.signal,
    fresh: () => opened(harness.fresh()),
    another: () => opened(harness.another()),
  };
  const { deadlineMs = 15_000 } = harness;
  const failures: unknown[] = [];
  try {
    await within(deadlineMs, 'the case to end', check(world));
  } catch (failure) {
    failures.push(failure);
  }
  over.abort();
  try {
    await within(
      Math.min(deadlineMs, 5_000),
      'the clients to close',
      Promise.all(clients.map((client) => client.close())),
    );
  } catch (failure) {
    failures.push(failure);
  }
  if (failures.length > 0) throw failures[0]; // what closing says after a failed check follows from it
};
