/** What a scenario needs of a contender; one it cannot do it leaves out, and the report says so. */
export interface Contender {
  /** One task; resolves when it is as durable as this contender makes it. */
  submit?(n: number): Promise<void> | void;
  submitMany?(from: number, count: number): Promise<void> | void;
  /** Works until every submitted task is done and its end is stored. `document`: each writes one, atomically. */
  startWorkers?(options: { readonly concurrency: number; readonly document: boolean }): Promise<void> | void;
  /** Resolves when `count` more tasks have ended since the last call. */
  ended?(count: number): Promise<void>;
  /** How many tasks have ended. */
  endedSoFar?(): number;
  /** Called with the number of a task when its handler begins. */
  onStart?: (n: number) => void;
  /** What its server has used until now. */
  usage?(): Promise<Usage>;
  close(): Promise<void> | void;
}

/** Counters of a server; figures are made of their differences. */
export interface Usage {
  /** Of memory, now. */
  readonly bytes: number;
  readonly commands: number;
  /** How often it found something to read on a connection: a round trip, or a part of a long one. */
  readonly reads: number;
  /** Microseconds. */
  readonly cpu: number;
}

export type OpenContender = (folder: string) => Promise<Contender>;

/** 99 bytes of JSON, as in other published benchmarks. */
export const payload = (n: number): { readonly n: number; readonly text: string } => ({
  n,
  text: 'x'.repeat(80),
});
