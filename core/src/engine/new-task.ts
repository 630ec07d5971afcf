import { createHash } from 'node:crypto';
import { isDate } from 'node:util/types';
import { type QueueName, queueNames } from '../broker.ts';
import { PayloadError } from '../errors.ts';
import type { TaskType } from '../handler.ts';
import type { Runtime } from '../runtime.ts';
import type { SubmitOptions } from '../submit-options.ts';
import { checkText, longestTenant } from '../contract/check-text.ts';
import { parseNow, serialise } from './payload.ts';
import { type EngineSettings, queueOf } from './settings.ts';
import { placeOf, type TaskRecord } from './task-record.ts';

export interface NewTaskContext {
  readonly runtime: Runtime;
  readonly settings: EngineSettings;
  readonly storeNow: number;
  readonly parent?: string;
  readonly tenant?: string;
}

/** Validates a submission at its edge and makes its record. Throws a `PayloadError`. */
export const newTask = (
  type: TaskType,
  input: unknown,
  options: SubmitOptions,
  { runtime, settings, storeNow, parent, tenant: inherited }: NewTaskContext,
): TaskRecord => {
  const tenant = inherited ?? options.tenant ?? 'default';
  checkText(tenant, 'tenant', longestTenant);
  const what = `input of ${type.topic}`;
  // The input is kept as it was given: defaults and transformations are applied when the task runs.
  const text = serialise(input, what, settings.limits);
  parseNow(type.input, input, what);
  const priority = checkPriority(options.priority ?? type.priority ?? 5);
  const dueAt = instantOf(options.dueAt, 'dueAt');
  const deadlineAt = instantOf(options.deadlineAt, 'deadlineAt');
  const delayed = dueAt !== undefined && dueAt > storeNow;
  const { idempotencyKey, traceparent } = options;
  if (idempotencyKey !== undefined) checkText(idempotencyKey, 'idempotencyKey', 200);
  const record: { -readonly [F in keyof TaskRecord]: TaskRecord[F] } = {
    id: idempotencyKey === undefined ? runtime.id() : keyedId(tenant, type.topic, idempotencyKey),
    tenant,
    topic: type.topic,
    input: text,
    queue: checkQueue(options.queue ?? type.queue ?? queueOf(priority)),
    priority,
    phase: delayed ? 'delayed' : 'available',
    mode: 'run',
    at: delayed ? dueAt : placeOf(priority, storeNow),
    epoch: 0,
    forgiven: 0,
    attempts: type.retry?.attempts ?? settings.retry.attempts,
    nonce: '',
    round: 0,
    journalWrites: 0,
    submittedAt: storeNow,
  };
  // Most have none of these, and to spread something into an object is slow even if there is nothing in it.
  if (deadlineAt !== undefined) record.deadlineAt = deadlineAt;
  if (idempotencyKey !== undefined) {
    record.idempotencyKey = idempotencyKey;
    record.submission = runtime.id();
  }
  if (parent !== undefined) record.parent = parent;
  if (traceparent !== undefined) record.traceparent = checkTraceparent(traceparent);
  return record;
};

/** The id is the key: that its record exists is the whole deduplication. A UUID of version 8 (RFC 9562). */
const keyedId = (tenant: string, topic: string, key: string): string => {
  const hash = createHash('sha256')
    .update(JSON.stringify([tenant, topic, key]))
    .digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
};

const checkPriority = (priority: number): number => {
  if (Number.isInteger(priority) && priority >= 0 && priority <= 10 && !Object.is(priority, -0))
    return priority;
  throw new PayloadError('the priority is not allowed', { fix: 'use a whole number from 0 to 10' });
};

/** A task in a queue that nobody looks at would wait for ever. */
const checkQueue = (queue: QueueName): QueueName => {
  if (queueNames.includes(queue)) return queue;
  throw new PayloadError('there is no such queue', { fix: `use ${queueNames.join(', ')}` });
};

const checkTraceparent = (traceparent: string): string => {
  if (
    typeof traceparent === 'string' &&
    /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)
  )
    return traceparent;
  throw new PayloadError('traceparent is not in the form of W3C Trace Context', {
    fix: '00-<32 hex>-<16 hex>-<2 hex>',
  });
};

const instantOf = (instant: Date | number | undefined, name: string): number | undefined => {
  if (instant === undefined) return undefined;
  const at = isDate(instant) ? instant.getTime() : instant;
  if (Number.isFinite(at) && at >= 0 && at <= 8.64e15) return Math.floor(at);
  throw new PayloadError(`${name} is no instant`, { fix: 'use a Date, or milliseconds since 1970' });
};
