import type { Testable } from './harness.ts';
import type { World } from './world.ts';

/** What an adapter must declare for a case to make sense. */
export interface Need<Capabilities> {
  met(capabilities: Capabilities): boolean;
  /** Ends the sentence "skipped: …" where it is not met. */
  readonly otherwise: string;
}

/** One promise of a port, stated so that it can be broken. */
export interface Case<Tested extends Testable, Capabilities = Tested['capabilities']> {
  /** `STORE-001`. Never changes its meaning and is never used again. */
  readonly id: string;
  /** A sentence that is true of every correct adapter. */
  readonly promise: string;
  readonly needs?: readonly Need<Capabilities>[];
  /** Rejects if the promise does not hold. Makes its own world and may leave its clients open. */
  check(world: World<Tested>): Promise<void>;
}
