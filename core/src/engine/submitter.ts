import type { Ticket } from '../broker.ts';
import { PayloadError } from '../errors.ts';
import type { Expectation, Transaction, Write } from '../store.ts';
import type { EngineContext } from './engine-context.ts';
import { type TaskRecord, taskKey, taskOf } from './task-record.ts';
import { create } from './transitions.ts';

/** `existing`: the idempotency key is taken; `record` is the first one's. */
export interface Submitted {
  readonly outcome: 'created' | 'existing';
  readonly record: TaskRecord;
}

export const maxBatch = 1_000;

export const ticketOf = (
  record: Pick<TaskRecord, 'tenant' | 'id' | 'queue' | 'priority' | 'epoch'>,
): Ticket => ({
  tenant: record.tenant,
  taskId: record.id,
  queue: record.queue,
  rank: record.priority,
  epoch: record.epoch,
});

/** The ticket of a task that was taken back or given back: it has waited already, so it overtakes. */
export const returnTicketOf = (record: TaskRecord): Ticket => ({ ...ticketOf(record), rank: 10 });

/**
 * Puts all of the tasks into the store in one transaction, or none; then their tickets on their way. Once this
 * has answered, the tasks cannot get lost. An idempotency key that is taken takes only its own task out.
 */
export const submitAll = async (
  context: EngineContext,
  records: readonly TaskRecord[],
  deadline: number,
): Promise<readonly Submitted[]> => {
  if (records.length > maxBatch) {
    throw new PayloadError(`a batch of ${records.length} tasks is too large`, {
      fix: `submit at most ${maxBatch} at once`,
    });
  }
  let existing = none;
  for (;;) {
    const fresh = distinct(
      existing.size === 0 ? records : records.filter((record) => !existing.has(keyOf(record))),
    );
    const [first] = fresh;
    if (first === undefined) break;
    const reached = context.points.reach('submit.before');
    if (reached !== undefined) await reached;
    const outcome = await context.committer.commit(joined(fresh), { proof: proofOf(first), until: deadline });
    const passed = context.points.reach('submit.after');
    if (passed !== undefined) await passed;
    if (outcome.result === 'committed') {
      context.tickets.offer(fresh.filter((record) => record.phase === 'available').map(ticketOf));
      break;
    }
    existing = new Map([...existing, ...(await findExisting(context, fresh))]);
  }
  return answers(records, existing);
};

/** What most submissions find. */
const none: ReadonlyMap<string, TaskRecord> = new Map();

const isKeyed = ({ idempotencyKey }: TaskRecord): boolean => idempotencyKey !== undefined;

const keyOf = (record: TaskRecord): string => `${record.tenant}\u0000${record.id}`;

/** Two tasks of a batch with one key are one task. Others have ids of their own. */
const distinct = (records: readonly TaskRecord[]): readonly TaskRecord[] =>
  records.length === 1 || !records.some(isKeyed)
    ? records
    : [...new Map(records.toReversed().map((record) => [keyOf(record), record])).values()].reverse();

const joined = (records: readonly TaskRecord[]): Transaction => {
  const [first] = records;
  if (records.length === 1 && first !== undefined) return create(first);
  const [expect, writes]: [Expectation[], Write[]] = [[], []];
  for (const record of records) {
    const creation = create(record);
    expect.push(...creation.expect);
    writes.push(...creation.writes);
  }
  return { expect, writes };
};

/** All of a batch is there or nothing, so the first one proves it; a keyed one is told apart by its submission. */
const proofOf = (record: TaskRecord) => ({
  key: taskKey(record.tenant, record.id),
  fields: record.submission === undefined ? {} : { submission: record.submission },
});

const findExisting = async (
  { store }: EngineContext,
  records: readonly TaskRecord[],
): Promise<readonly (readonly [string, TaskRecord])[]> => {
  const keyed = records.filter(isKeyed);
  const found = await store.get(keyed.map(({ tenant, id }) => taskKey(tenant, id)));
  return found.flatMap((stored) => (stored === undefined ? [] : [[keyOf(taskOf(stored)), taskOf(stored)]]));
};

const answers = (records: readonly TaskRecord[], existing: ReadonlyMap<string, TaskRecord>): Submitted[] => {
  if (!records.some(isKeyed)) return records.map((record) => ({ outcome: 'created', record }));
  const seen = new Set<string>();
  return records.map((record) => {
    const key = keyOf(record);
    const found = existing.get(key) ?? (seen.has(key) ? record : undefined);
    seen.add(key);
    return found === undefined ? { outcome: 'created', record } : { outcome: 'existing', record: found };
  });
};
