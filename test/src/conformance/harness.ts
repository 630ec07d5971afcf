import type { Closeable } from '@waybill/core';

/** What the kit can try: every port of `@waybill/core` is one. */
export interface Testable extends Closeable {
  readonly capabilities: object;
}

/** What an adapter's author supplies. Nothing here knows of a test runner. */
export interface Harness<Tested extends Testable> {
  /** `redis`; named in reports. */
  readonly technology: string;
  /** What the adapter declares: cases that need more are skipped aloud. */
  readonly capabilities: Tested['capabilities'];
  /** How long a case listens before it concludes that nothing will come. Default 100. */
  readonly quietMs?: number;
  /** How long one case may take before it has failed. Default 15,000. */
  readonly deadlineMs?: number;
  /** Name and version of what was really tried: `SQLite 3.53.4`. */
  server(): string | Promise<string>;
  /** A client of a new, empty namespace. The kit closes it. */
  fresh(): Promise<Tested>;
  /**
   * A second client of the namespace that `fresh` made last: another process, or the same one after a crash.
   * Where `capabilities.shared` is false, a second handle on the same object (`handleOn`).
   */
  another(): Promise<Tested>;
  /** Takes down whatever the harness has set up. Called once, when every client has been closed. */
  dispose(): Promise<void>;
}
