import { inspect } from 'node:util';
import { isWaybillError } from '../errors.ts';
import { HandlerError } from '../handler-error.ts';
import type { FailureClass } from '../retry-policy.ts';
import { cut } from './cut.ts';

/** An error as a record may keep it. */
export interface Classified {
  readonly class: FailureClass;
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
  readonly retryAfterMs?: number;
}

const maxCode = 100;
const maxMessage = 2_000;
const maxStack = 4_000;

/** Our own errors say whether they can be retried; anything else a handler throws is taken for transient. */
export const classify = (error: unknown): Classified => {
  const retryAfterMs = error instanceof HandlerError ? error.retryAfterMs : undefined;
  return {
    class: classOf(error),
    code: isWaybillError(error) ? error.code : error instanceof Error ? cut(error.name, maxCode) : 'thrown',
    message: cut(messageOf(error), maxMessage),
    ...(error instanceof Error && error.stack !== undefined ? { stack: cut(error.stack, maxStack) } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
};

/** What to do about it belongs to it: whoever reads the record sees nothing else. */
const messageOf = (error: unknown): string => {
  if (isWaybillError(error) && error.fix !== undefined) return `${error.message}; fix: ${error.fix}`;
  if (error instanceof Error) return error.message;
  if (typeof error !== 'object' || error === null) return String(error);
  return inspect(error, { depth: 2, breakLength: Number.POSITIVE_INFINITY, customInspect: false });
};

const classOf = (error: unknown): FailureClass => {
  if (!isWaybillError(error)) return 'transient';
  if (error.code === 'WB_CONFLICT') return 'conflict';
  if (error.code === 'WB_DEADLINE') return 'timeout';
  return error.retryable ? 'transient' : 'permanent';
};
