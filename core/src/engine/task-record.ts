import type { QueueName } from '../broker.ts';
import { PayloadError } from '../errors.ts';
import type { FailureClass } from '../retry-policy.ts';
import type { CollectionSpec, Key, Stored } from '../store.ts';

/**
 * Where a task stands, and by which index the loops of core find it. One field, `at`, orders the records of a
 * phase; what it means depends on the phase:
 *
 *   delayed    not before `at`                      found by the Dispatcher when due
 *   available  may be claimed; `at` is its place    found by the Dispatcher when the broker runs dry
 *   held       on lease until `at`                  found by the Reaper when expired
 *   stuck      an undo keeps failing, since `at`    waits for an operator
 *   completed, failed, cancelled: over; kept until `at`
 */
export type Phase = 'delayed' | 'available' | 'held' | 'stuck' | 'completed' | 'failed' | 'cancelled';

/** What whoever claims the task has to do: run its handler, or undo its effects. */
export type Mode = 'run' | 'rollback';

/** What a rollback leads to when every effect is undone. */
export type Verdict = 'retry' | 'failed' | 'cancelled';

/** One failed attempt. Messages are what the error said, cut; so an error should not quote a payload. */
export interface Failure {
  readonly attempt: number;
  /** The claim that failed: by it events keep their places. */
  readonly epoch: number;
  readonly class: FailureClass;
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
  readonly startedAt: number;
  readonly failedAt: number;
  readonly worker?: string;
  /** The effects of the attempt, all of them undone, in the order in which they were done. */
  readonly undone?: readonly string[];
}

/** One effect of the journal. `intent` is written before the action, so that no action is ever unknown. */
export interface JournalEntry {
  readonly seq: number;
  readonly name: string;
  readonly args: string;
  readonly key: string;
  readonly state: 'intent' | 'done' | 'undone';
  /** How often it was undone because nobody knew whether it had happened, to be done again. Absent: never. */
  readonly redone?: number;
  /** Serialised; absent if `do` answered nothing. */
  readonly result?: string;
}

export interface Progress {
  /** Its place among the events of the task. */
  readonly seq: number;
  readonly fraction: number;
  readonly message?: string;
  readonly at: number;
}

/** A task as the store keeps it. Serialised values (`input`, `result`) are opaque here and never rewritten. */
export interface TaskRecord {
  readonly id: string;
  readonly tenant: string;
  readonly topic: string;
  readonly input: string;
  readonly queue: QueueName;
  readonly priority: number;
  readonly phase: Phase;
  readonly mode: Mode;
  readonly at: number;
  /** How often the task has been claimed. */
  readonly epoch: number;
  /** Claims that were no attempts: given back, or made for a rollback. */
  readonly forgiven: number;
  /** Attempts allowed in all. */
  readonly attempts: number;
  /** New with every claim: with `phase` and `mode` the fence that all writes of a run expect. */
  readonly nonce: string;
  readonly owner?: string;
  /** How many rollbacks have ended: part of the idempotency keys of effects. */
  readonly round: number;
  readonly submittedAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly deadlineAt?: number;
  readonly timeoutMs?: number;
  readonly retry?: string;
  readonly idempotencyKey?: string;
  /** Tells the submission that created the record from one that found it. */
  readonly submission?: string;
  readonly parent?: string;
  readonly replayOf?: string;
  readonly replayedAs?: string;
  readonly traceparent?: string;
  readonly result?: string;
  readonly verdict?: Verdict;
  /** When the task may run again after a rollback with the verdict `retry`. */
  readonly retryAt?: number;
  readonly undoFailures?: number;
  /** For how long in all workers have put the task off that do not know its topic, or in a rollback one of its effects. */
  readonly unknownMs?: number;
  readonly failures?: readonly Failure[];
  readonly journal?: readonly JournalEntry[];
  readonly journalWrites: number;
  readonly progress?: Progress;
}

export const tasksCollection = {
  name: 'waybill.tasks',
  indexes: [{ name: 'phase', fields: ['phase', 'queue', 'at'], acrossTenants: true }],
  apart: [
    // What every claim and end writes comes first: a store may have to read and write only the beginning of a record.
    'mode',
    'epoch',
    'nonce',
    'owner',
    'startedAt',
    'finishedAt',
    'result',
    'progress',
    'topic',
    'input',
    'priority',
    'forgiven',
    'attempts',
    'round',
    'submittedAt',
    'timeoutMs',
    'parent',
    'failures',
    'journal',
    'journalWrites',
  ],
} as const satisfies CollectionSpec;

export const taskKey = (tenant: string, id: string): Key => ({
  collection: tasksCollection.name,
  tenant,
  id,
});

const terminal: ReadonlySet<Phase> = new Set<Phase>(['completed', 'failed', 'cancelled']);
export const isOver = (phase: Phase): boolean => terminal.has(phase);

/** 0 before the first claim. */
export const attemptOf = (record: Pick<TaskRecord, 'epoch' | 'forgiven'>): number =>
  record.epoch - record.forgiven;

/** A record of another make is refused rather than misread: the store is shared with other versions. */
export const taskOf = (stored: Stored): TaskRecord => {
  const { fields, key } = stored;
  if (
    typeof fields['topic'] !== 'string' ||
    typeof fields['phase'] !== 'string' ||
    typeof fields['epoch'] !== 'number'
  ) {
    throw new PayloadError('the record is not that of a task', {
      facts: { taskId: key.id, tenant: key.tenant },
    });
  }
  // The fields above tell our records from foreign ones; the rest is written by `transitions.ts` only.
  return { ...(fields as unknown as TaskRecord), id: key.id, tenant: key.tenant };
};

const latest = 9e13;
/** The place of an available task in its queue: by priority, then by the instant it became available. */
export const placeOf = (priority: number, readyAt: number): number =>
  (10 - priority) * 1e14 + Math.min(Math.max(0, readyAt), latest);
export const priorityOf = (place: number): number => 10 - Math.floor(place / 1e14);
export const readyAtOf = (place: number): number => place % 1e14;
