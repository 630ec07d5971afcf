import type { Runtime } from './runtime.ts';

/**
 * Why an attempt failed. `permanent` (a non-retryable error, an unknown topic, an invalid input or output) is
 * final at once. `conflict`: what it read kept changing. `crash`: its lease ran out.
 */
export const failureClasses = ['transient', 'permanent', 'timeout', 'conflict', 'crash'] as const;
export type FailureClass = (typeof failureClasses)[number];

export interface RetryPolicy {
  /** How many attempts there may be in all, the first included. Default 3. */
  readonly attempts: number;
  /** The longest possible wait before the second attempt; it doubles with each. Default 1,000 ms. */
  readonly minDelayMs: number;
  /** No wait is longer. Default 300,000 ms. */
  readonly maxDelayMs: number;
  /** Attempts allowed where the last failure was of this class, if other than `attempts`. */
  readonly classes?: Partial<Record<FailureClass, { readonly attempts: number }>>;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 3, minDelayMs: 1_000, maxDelayMs: 300_000 };

/**
 * The wait before the next attempt, or `undefined` if this was the last one. Exponential with full jitter: a
 * uniform draw from 0 to min(maxDelay, minDelay · 2^(attempt-1))
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/). `retryAfterMs` of the error wins.
 */
export const retryDelayMs = (
  policy: RetryPolicy,
  failed: { readonly attempt: number; readonly class: FailureClass; readonly retryAfterMs?: number },
  runtime: Pick<Runtime, 'random'>,
): number | undefined => {
  if (failed.class === 'permanent') return undefined;
  const attempts = policy.classes?.[failed.class]?.attempts ?? policy.attempts;
  if (failed.attempt >= attempts) return undefined;
  if (failed.retryAfterMs !== undefined) return failed.retryAfterMs;
  const ceiling = Math.min(policy.maxDelayMs, policy.minDelayMs * 2 ** (failed.attempt - 1));
  return Math.floor(runtime.random() * ceiling);
};
