import type { Fields, JournalEntry, Key, TaskRecord } from '@waybill/core';

/** The collections of core that the checks look into. */
export const tasks = 'waybill.tasks';
export const outbox = 'waybill.outbox';

export const tenant = 'default';

export const taskKeyOf = (id: string): Key => ({ collection: tasks, tenant, id });

/** A task's record as core has written it; the store gives back nothing else from this collection. */
export const recordOf = (id: string, fields: Fields): TaskRecord =>
  ({ ...fields, id, tenant }) as unknown as TaskRecord; // written by core only

export const phaseOf = (fields: Fields): TaskRecord['phase'] => fields['phase'] as TaskRecord['phase']; // as above

/** Without the holes that effects leave whose intent was never written. */
export const journalOf = (record: Pick<TaskRecord, 'journal'> | undefined): readonly JournalEntry[] =>
  (record?.journal ?? []).filter((entry) => entry !== null && entry !== undefined);
