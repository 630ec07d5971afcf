import type { Origin } from './origin.ts';

/** One thing that is wrong with a config. Values in it are redacted. */
export interface ConfigProblem {
  /** `queues.critical.min`; empty where it concerns the config as a whole. */
  readonly path: string;
  /** What is wrong. */
  readonly message: string;
  /** Where the value came from. */
  readonly origin?: Origin;
  /** What else one needs to know: what was overridden, what there is to choose from. */
  readonly notes?: readonly string[];
  /** What was probably meant. */
  readonly suggestion?: string;
  /** One sentence or command that mends it. */
  readonly fix?: string;
  /** The error behind it. */
  readonly cause?: unknown;
}
