export interface Closeable {
  /** Idempotent. Safe while another call is blocked on this; waits for what is in flight. */
  close(): Promise<void>;
}
