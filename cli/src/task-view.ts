import { attemptOf, type Failure, type Json, parseJson, statusOf, type TaskRecord } from '@waybill/core';

/** A task as `--json` prints it: the names and shapes that docs/command-line.md promises. Instants are ISO 8601. */
export interface TaskView {
  readonly id: string;
  readonly tenant: string;
  readonly topic: string;
  readonly status: string;
  /** `delayed`: not due yet. `stuck`: its rollback waits for an operator. */
  readonly detail?: 'delayed' | 'stuck';
  readonly queue: string;
  readonly priority: number;
  readonly attempt: number;
  readonly attempts: number;
  readonly submittedAt: string;
  readonly dueAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly deadlineAt?: string;
  readonly worker?: string;
  readonly progress?: { readonly fraction: number; readonly message?: string; readonly at: string };
  readonly idempotencyKey?: string;
  readonly parent?: string;
  readonly replayOf?: string;
  readonly replayedAs?: string;
  readonly failures: readonly FailureView[];
}

export interface FailureView extends Omit<Failure, 'startedAt' | 'failedAt'> {
  readonly startedAt: string;
  readonly failedAt: string;
}

export interface WholeTaskView extends TaskView {
  readonly input: Json;
  readonly result?: Json;
  readonly effects: readonly { readonly name: string; readonly state: string; readonly key: string }[];
}

export const viewTask = (record: TaskRecord): TaskView => {
  const { phase, mode, progress } = record;
  return {
    ...pick(record, ['id', 'tenant', 'topic']),
    status: statusOf(record),
    ...(phase === 'delayed' || phase === 'stuck' ? { detail: phase } : {}),
    ...pick(record, ['queue', 'priority']),
    attempt: attemptOf(record),
    attempts: record.attempts,
    submittedAt: isoOf(record.submittedAt),
    ...instant('dueAt', phase === 'delayed' && mode === 'run' ? record.at : undefined),
    ...instant('startedAt', record.startedAt),
    ...instant('finishedAt', record.finishedAt),
    ...instant('deadlineAt', record.deadlineAt),
    ...(phase === 'held' && record.owner !== undefined ? { worker: record.owner } : {}),
    ...(progress === undefined ? {} : { progress: { ...progress, at: isoOf(progress.at) } }),
    ...pick(record, ['idempotencyKey', 'parent', 'replayOf', 'replayedAs']),
    failures: (record.failures ?? []).map(viewFailure),
  };
};

export const viewWholeTask = (record: TaskRecord): WholeTaskView => ({
  ...viewTask(record),
  input: parseJson(record.input),
  ...(record.result === undefined ? {} : { result: parseJson(record.result) }),
  effects: (record.journal ?? []).map(({ name, state, key }) => ({ name, state, key })),
});

export const viewFailure = (failure: Failure): FailureView => ({
  ...failure,
  startedAt: isoOf(failure.startedAt),
  failedAt: isoOf(failure.failedAt),
});

export const isoOf = (instant: number): string => new Date(instant).toISOString();

const instant = <Name extends string>(
  name: Name,
  at: number | undefined,
): { readonly [N in Name]?: string } =>
  at === undefined ? {} : ({ [name]: isoOf(at) } as { [N in Name]: string }); // a computed key is not inferred

const pick = <Key extends keyof TaskRecord>(
  record: TaskRecord,
  keys: readonly Key[],
): Pick<TaskRecord, Key> =>
  Object.fromEntries(
    keys.filter((key) => record[key] !== undefined).map((key) => [key, record[key]]),
  ) as Pick<TaskRecord, Key>; // exactly these keys, and what may be absent stays absent
