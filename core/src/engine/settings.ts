import type { QueueName } from '../broker.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../retry-policy.ts';

/** What the engine needs of the config. Durations in milliseconds. */
export interface EngineSettings {
  readonly leaseMs: number;
  /** How often expired leases and due tasks are looked for. */
  readonly sweepMs: number;
  readonly keepCompletedMs: number;
  readonly keepFailedMs: number;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  readonly limits: PayloadLimits;
  /** How long a caller's own request may take before it gets an error. */
  readonly requestMs: number;
  /** Tickets in the broker per queue; what is beyond stays in the store. */
  readonly window: number;
  /**
   * How long a task is put off by workers that do not know its topic, before it fails; and a rollback by workers that do
   * not know an effect, before that counts as a failed undo.
   */
  readonly unknownTopicMs: number;
  /** Undo attempts before a task is stuck. */
  readonly undoAttempts: number;
  readonly isolation: 'serializable' | 'snapshot';
  /** Tasks of each queue that run at once in one worker process. */
  readonly slots: Readonly<Record<QueueName, number>>;
  /** How long a worker that stops waits for running tasks before it gives them back. */
  readonly shutdownMs: number;
}

export interface PayloadLimits {
  /** Of a serialised input, result, message or document. */
  readonly bytes: number;
  readonly depth: number;
  /** Object keys and array items in all. */
  readonly keys: number;
}

export const defaultSettings: EngineSettings = {
  leaseMs: 15_000,
  sweepMs: 2_000,
  keepCompletedMs: 86_400_000,
  keepFailedMs: 14 * 86_400_000,
  timeoutMs: 300_000,
  retry: defaultRetryPolicy,
  limits: { bytes: 262_144, depth: 32, keys: 10_000 },
  requestMs: 10_000,
  window: 4_096,
  unknownTopicMs: 600_000,
  undoAttempts: 10,
  isolation: 'serializable',
  slots: { critical: 4, normal: 8, batch: 2 },
  shutdownMs: 30_000,
};

/** Score to queue, without a gap. */
export const queueOf = (priority: number): QueueName =>
  priority >= 8 ? 'critical' : priority >= 4 ? 'normal' : 'batch';
