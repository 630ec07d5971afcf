/** A real server that tests run against. */
export interface Service {
  readonly url: string;
  /** Name and version of what is really tried: `Redis 7.0.15`. */
  readonly server: string;
  /** Ends the server if the tests have started it. */
  stop(): Promise<void>;
}

/** A server that the tests have started themselves, so that they may also maltreat it. */
export interface OwnService extends Service {
  /** Ends it in order and starts it again with the same data, at the same URL. */
  restart(): Promise<void>;
  /** SIGKILL; `restart` brings it back. */
  kill(): Promise<void>;
  /** The process stands still, and its connections stay open: SIGSTOP, SIGCONT. */
  pause(): void;
  resume(): void;
}
