import { type ErrorDetails, WaybillError } from './errors.ts';

/** Thrown by handlers and effects to say what should follow. Any other error counts as transient. */
export class HandlerError extends WaybillError {
  readonly code = 'WB_HANDLER';
  readonly retryable: boolean;
  /** The wait before the next attempt, if the error knows it. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: ErrorDetails & { readonly retryable: boolean; readonly retryAfterMs?: number | undefined },
  ) {
    super(message, details);
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** No further attempt: the task fails for good and becomes a dead letter. */
export const permanent = (message: string, details: ErrorDetails = {}): HandlerError =>
  new HandlerError(message, { ...details, retryable: false });

/** Another attempt under the retry policy, after `retryAfterMs` if given. */
export const transient = (
  message: string,
  details: ErrorDetails & { readonly retryAfterMs?: number } = {},
): HandlerError => new HandlerError(message, { ...details, retryable: true });
