import { isOver, type TaskRecord } from '@waybill/core';
import type { EffectEntry, Entry } from '../history.ts';
import { journalOf } from '../records.ts';

/** G6: completed means on, exactly once by key; failed and cancelled mean off; nothing acts before it is journaled. */
export const checkEffects = (history: readonly Entry[], records: readonly TaskRecord[]): string[] => {
  const found: string[] = [];
  const on = new Map<string, Set<string>>();
  for (const entry of history) {
    if (entry.kind !== 'effect') continue;
    found.push(...problemsOf(entry));
    const keys = on.get(entry.taskId) ?? new Set();
    on.set(entry.taskId, keys);
    if (entry.answer === 'done') keys.add(entry.key);
    if (entry.answer === 'undone') keys.delete(entry.key);
  }
  for (const record of records)
    if (isOver(record.phase)) found.push(...atTheEnd(record, on.get(record.id) ?? new Set()));
  return found;
};

function* problemsOf({ answer, journaled, byHolder, key, by }: EffectEntry): Iterable<string> {
  if (answer === 'done' && !journaled) yield `${by} does ${key}, of which no journal knows`;
  if (answer === 'refused' && byHolder && journaled) yield `${by} holds the task and is refused ${key}`;
}

function* atTheEnd(record: TaskRecord, on: ReadonlySet<string>): Iterable<string> {
  if (record.phase !== 'completed') {
    if (on.size > 0) yield `${record.id} is ${record.phase}, and ${[...on].join(', ')} is still on`;
    return;
  }
  const journal = journalOf(record);
  for (const { key, state } of journal)
    if (state !== 'done') yield `${record.id} completed with ${key} in ${state}`;
  const expected = (JSON.parse(record.result ?? '{}') as { effects?: number }).effects ?? 0; // the workload's own
  if (journal.length !== expected)
    yield `${record.id} completed with ${journal.length} of ${expected} effects`;
  for (const key of on)
    if (!journal.some((entry) => entry.key === key)) yield `${key} is on and in no journal`;
  for (const { key } of journal) if (!on.has(key)) yield `${record.id} completed, and ${key} is off`;
}
