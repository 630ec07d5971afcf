import type { OpenDeployment } from './open-waybill.ts';

/** Where text goes: a terminal, a pipe, a file. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Where text comes from. */
export interface Source extends AsyncIterable<string | Uint8Array> {
  readonly isTTY?: boolean | undefined;
}

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGPIPE';

/** All that the command line touches outside of itself; a test puts its own in their place. */
export interface Surroundings {
  /** What was typed after `waybill`. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Calls back whenever the process is asked to stop. Answers how to stop listening. */
  onStop(callback: (signal: StopSignal) => void): () => void;
  readonly open: OpenDeployment;
}
