import type { ConfigProblem } from './config/config-problem.ts';

const brand = Symbol.for('waybill/error');

export type Facts = Readonly<Record<string, string | number | boolean>>;

export interface ErrorDetails {
  readonly cause?: unknown;
  /** Ids, names and numbers for logs and programs. Never payloads, never credentials. */
  readonly facts?: Facts;
  /** One sentence that says how to mend it; printed after the message. */
  readonly fix?: string;
}

/** Every error that leaves Waybill's own code. A new subclass needs a caller who acts differently on it. */
export abstract class WaybillError extends Error {
  abstract readonly code: `WB_${string}`;
  /** Whether the same call may succeed later with nothing else changed. */
  abstract readonly retryable: boolean;
  readonly facts: Facts;
  readonly fix: string | undefined;

  constructor(message: string, { cause, facts = {}, fix }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.facts = facts;
    this.fix = fix;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True also of errors made by another copy of this package, where `instanceof` is not. */
export const isWaybillError = (error: unknown): error is WaybillError =>
  typeof error === 'object' && error !== null && brand in error;

/** The config does not parse, names an unknown adapter, or asks for what an adapter cannot keep. */
export class ConfigError extends WaybillError {
  readonly code = 'WB_CONFIG';
  readonly retryable = false;
  /** Each thing that is wrong, for programs; the message lists them for people. */
  readonly problems: readonly ConfigProblem[];

  constructor(
    message: string,
    { problems = [], ...details }: ErrorDetails & { readonly problems?: readonly ConfigProblem[] } = {},
  ) {
    super(message, details);
    this.problems = problems;
  }
}

/** An input, document, message or result does not fit its schema or the limits. */
export class PayloadError extends WaybillError {
  readonly code = 'WB_PAYLOAD';
  readonly retryable = false;
}

/** The call asks for something that the adapter does not declare in its capabilities. */
export class UnsupportedError extends WaybillError {
  readonly code = 'WB_UNSUPPORTED';
  readonly retryable = false;
}

/** The backend could not be reached, or dropped us before the request was sent: nothing has happened. */
export class ConnectionError extends WaybillError {
  readonly code = 'WB_CONNECTION';
  readonly retryable = true;
}

/** The backend vanished after the request was sent: it may or may not have happened. Asking again is safe. */
export class InDoubtError extends WaybillError {
  readonly code = 'WB_IN_DOUBT';
  readonly retryable = true;
}

/** Used after `close()`. */
export class ClosedError extends WaybillError {
  readonly code = 'WB_CLOSED';
  readonly retryable = false;
}

/** What was expected of a document, or read by a task, no longer holds. */
export class ConflictError extends WaybillError {
  readonly code = 'WB_CONFLICT';
  readonly retryable = true;
}

/** The task is, or may be, somebody else's by now: this run changes nothing any more. */
export class LeaseLostError extends WaybillError {
  readonly code = 'WB_LEASE_LOST';
  readonly retryable = false;
}

/** Committed after a rollback, or the reverse. */
export class AlreadySettledError extends WaybillError {
  readonly code = 'WB_ALREADY_SETTLED';
  readonly retryable = false;
}

/** A limit that is set on purpose was reached. `facts.retryAfterMs`, where present, says when to try again. */
export class QuotaError extends WaybillError {
  readonly code = 'WB_QUOTA';
  readonly retryable = true;
}

/** A deadline passed before the answer came. What was asked for goes on. */
export class DeadlineError extends WaybillError {
  readonly code = 'WB_DEADLINE';
  readonly retryable = true;
}

/** The awaited task ended without a result: it failed for good or was cancelled. */
export class TaskFailedError extends WaybillError {
  readonly code = 'WB_TASK_FAILED';
  readonly retryable = false;
}
