import type { TaskRecord } from '@waybill/core';
import { planOf } from '../workload/plan.ts';

/** A task in the words of a violation. */
export const nameTask = (record: TaskRecord): string =>
  `${planOf(record).label} (${record.phase}, attempt ${record.epoch - record.forgiven}, ${record.id})`;
