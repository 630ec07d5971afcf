import type { TaskEvent } from '../task-event.ts';
import type { DocumentStore } from '../store.ts';
import { placesPerClaim } from './reports.ts';
import { readLogs } from './task-logs.ts';
import { attemptOf, type Failure, isOver, type TaskRecord } from './task-record.ts';

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
  // The log was read after the record: lines of a later claim wait until the record tells of it as well.
  const last = endOf(record.epoch);
  return events.filter((event) => event.seq > seq && event.seq <= last).sort((a, b) => a.seq - b.seq);
};

/** The last place of a claim: its end comes after all its lines. */
const endOf = (epoch: number): number => epoch * placesPerClaim + placesPerClaim - 1;

const lifeOf = (record: TaskRecord): TaskEvent[] => {
  const events: TaskEvent[] = [{ seq: 1, type: 'submitted', at: record.submittedAt }];
  const { epoch, phase, startedAt, progress, finishedAt, submittedAt } = record;
  const attempt = attemptOf(record);
  const failures = firstOfEach(record.failures ?? []);
  for (const failure of failures.values()) {
    const begun = { type: 'started', at: failure.startedAt, attempt: failure.attempt } as const;
    events.push({ seq: failure.epoch * placesPerClaim, ...begun });
    // Never the last place: a task that has failed may still be cancelled before its next claim.
    events.push({ seq: endOf(failure.epoch) - 1, type: 'attempt-failed', at: failure.failedAt, failure });
  }
  if (attempt > 0 && !failures.has(attempt) && startedAt !== undefined) {
    events.push({ seq: epoch * placesPerClaim, type: 'started', at: startedAt, attempt });
  }
  if (progress !== undefined && !isOver(phase)) events.push({ type: 'progress', ...progress });
  if (isOver(phase)) {
    const type = phase as 'completed' | 'failed' | 'cancelled'; // just asked
    events.push({ seq: endOf(epoch), type, at: finishedAt ?? submittedAt });
  }
  return events;
};

/** An attempt fails once; what its undos fail with comes after it. */
const firstOfEach = (failures: readonly Failure[]): ReadonlyMap<number, Failure> =>
  new Map(failures.toReversed().map((failure) => [failure.attempt, failure]));
