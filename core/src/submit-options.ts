import type { QueueName } from './broker.ts';

export interface SubmitOptions {
  /** 1 to 128 characters. Default `default`; a follow-up task's is its parent's and cannot be chosen. */
  readonly tenant?: string;
  /** 0 to 10; default the handler's, else 5. */
  readonly priority?: number;
  readonly queue?: QueueName;
  /** Not before this instant. */
  readonly dueAt?: Date | number;
  /**
   * 1 to 200 characters. Submitting the same topic again for this tenant under the same key, while the first
   * task's record is kept, submits nothing and answers the first one: `existing`.
   */
  readonly idempotencyKey?: string;
  /**
   * No attempt runs beyond this instant: one that does, or begins later, fails as a timeout, and the task with it, however
   * many attempts are left. A replay of the task has no deadline.
   */
  readonly deadlineAt?: Date | number;
  /** W3C trace context to go on with. */
  readonly traceparent?: string;
}
