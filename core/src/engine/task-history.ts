import type { TaskEvent } from '../task-event.ts';
import type { DocumentStore } from '../store.ts';
import { placesPerAttempt } from './reports.ts';
import { readLogs } from './task-logs.ts';
import { attemptOf, isOver, type TaskRecord } from './task-record.ts';

/**
 * The events of a task after `seq`, as its record and its log tell them. Nothing is written for an event: what
 * can be derived needs no stream of its own. Of progress only the latest is known.
 */
export const eventsAfter = async (
  store: DocumentStore,
  record: TaskRecord,
  seq: number,
): Promise<readonly TaskEvent[]> => {
  const events = lifeOf(record);
  for await (const line of readLogs(store, record, seq)) events.push({ type: 'log', ...line });
  return events.filter((event) => event.seq > seq).sort((a, b) => a.seq - b.seq);
};

/** The last place of an attempt: its end comes after all its lines. */
const endOf = (attempt: number): number => attempt * placesPerAttempt + placesPerAttempt - 1;

const lifeOf = (record: TaskRecord): TaskEvent[] => {
  const events: TaskEvent[] = [{ seq: 1, type: 'submitted', at: record.submittedAt }];
  const attempt = attemptOf(record);
  const failures = new Map((record.failures ?? []).map((failure) => [failure.attempt, failure]));
  for (const failure of failures.values()) {
    const begun = { type: 'started', at: failure.startedAt, attempt: failure.attempt } as const;
    events.push({ seq: failure.attempt * placesPerAttempt, ...begun });
    const last = failure.attempt === attempt && isOver(record.phase);
    events.push({
      seq: endOf(failure.attempt) - (last ? 1 : 0),
      type: 'attempt-failed',
      at: failure.failedAt,
      failure,
    });
  }
  if (attempt > 0 && !failures.has(attempt) && record.startedAt !== undefined) {
    events.push({ seq: attempt * placesPerAttempt, type: 'started', at: record.startedAt, attempt });
  }
  // Progress takes the place of the instant within its attempt, so that a later one comes after an earlier one.
  const { progress, startedAt } = record;
  if (progress !== undefined && attempt > 0 && !isOver(record.phase)) {
    const after = Math.min(Math.max(1, progress.at - (startedAt ?? progress.at)), placesPerAttempt / 2);
    events.push({ seq: attempt * placesPerAttempt + after, type: 'progress', ...progress });
  }
  if (isOver(record.phase)) {
    const type = record.phase as 'completed' | 'failed' | 'cancelled'; // just asked
    events.push({ seq: endOf(attempt), type, at: record.finishedAt ?? record.submittedAt });
  }
  return events;
};
